import type { Logger } from 'pino';
import type { Settlement } from './settlement.js';

/** Sweeps at once, and again so long after each sweep; one that fails is tried again like any other. */
export function startSweeping({ settlement, everyMs, logger }: { readonly settlement: Pick<Settlement, 'sweep'>; readonly everyMs: number; readonly logger: Logger }): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const sweep = async (): Promise<void> => {
    await settlement.sweep().catch((error: unknown) => logger.warn({ err: error }, 'the documents could not be swept; tried again'));
    if (!stopped) timer = setTimeout(run, everyMs);
  };
  const run = (): void => void (running = sweep());
  run();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
