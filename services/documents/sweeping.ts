import type { Logger } from 'pino';
import { startRounds } from '../../shared/lifecycle/rounds.js';
import type { Settlement } from './settlement.js';

/** Sweeps at once, and again so long after each sweep; one that fails is tried again like any other. */
export const startSweeping = ({ settlement, everyMs, logger }: { readonly settlement: Pick<Settlement, 'sweep'>; readonly everyMs: number; readonly logger: Logger }): { stop(): Promise<void> } =>
  startRounds(async () => {
    await settlement.sweep().catch((error: unknown) => logger.warn({ err: error }, 'the documents could not be swept; tried again'));
  }, everyMs);
