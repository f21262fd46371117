import type { StoredEvent } from '../../shared/event-store/port.js';
import type { IndexedCommand } from './index-port.js';
import type { TailSource } from './log-tail.js';

/** The commands of a stretch of the log in batches that end where an append ends, both ends inclusive. */
export async function* readCommands(source: Pick<TailSource, 'stream' | 'eventStore'>, from: number, through: number, batchSize: number): AsyncGenerator<IndexedCommand[]> {
  let batch: IndexedCommand[] = [];
  for await (const { metadata, revision } of source.eventStore.readStream(source.stream, { from: BigInt(from), limit: through - from + 1 })) {
    const { commandId, groupEnd } = metadata as StoredEvent['metadata'] & { readonly commandId: string; readonly groupEnd?: number };
    const at = Number(revision);
    if (batch.at(-1)?.commandId === commandId) batch.pop();
    batch.push({ commandId, revision: at });
    if (batch.length >= batchSize && (groupEnd ?? at) === at) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
