import type { ShardContext } from './waiting.js';

/** Who acts where nobody asked: founding, ticks, claims. */
export const systemContext = (commandId: string): ShardContext => ({
  commandId,
  repeatable: false,
  correlationId: commandId,
  actor: { id: 'ledger', role: 'system', channel: 'system' },
});
