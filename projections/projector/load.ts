import type { Logger } from 'pino';
import { busEventOf, type TopicOf } from '../../shared/event-bus/from-log.js';
import type { BusEvent } from '../../shared/event-bus/port.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { applyBatch, prepareBatch, type BatchRules, type Prepared } from './apply-batch.js';
import { Fenced } from './failures.js';
import { isPermanent } from '../../shared/read-store/permanent.js';
import { schemaOf } from './tables.js';
import { inSchema } from './transaction.js';

export interface LoadSetup {
  readonly rules: BatchRules;
  readonly pool: Pool;
  readonly eventStore: EventStore;
  readonly topicOf: TopicOf;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly batchSize?: number;
  /** Told after each batch: the log position reached. */
  readonly onBatch?: (position: bigint) => void;
}

interface Chunk {
  readonly prepared: Prepared;
  /** Position of the last event looked at, also of those that are not this projection's. */
  readonly position: bigint;
  readonly looked: number;
}

/** Reads the log from where the build stands to its present end and applies it in big transactions. Gives the position reached. */
export async function loadFromLog(setup: LoadSetup, from: bigint): Promise<{ position: bigint; looked: number }> {
  const { rules, pool, signal, onBatch } = setup;
  const { name } = rules.projection;
  let position = from;
  let looked = 0;
  const chunks = prepareAhead(setup, from);
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    await applyChunk(chunk, false).catch((error: unknown) => {
      if (!isPermanent(error)) throw error;
      return applyChunk(chunk, true);
    });
    position = chunk.position;
    looked += chunk.looked;
    onBatch?.(position);
  }
  return { position, looked };

  function applyChunk({ prepared, position: to }: Chunk, oneByOne: boolean): Promise<void> {
    return inSchema(pool, schemaOf(name, rules.build), async (tx) => {
      const moved = await tx.query(
        `UPDATE projector.builds SET loaded = $3, changed_at = now()
         WHERE projection = $1 AND build = $2 AND loaded = $4 AND state = 'loading' RETURNING 1`,
        [name, rules.build, to.toString(), position.toString()],
        'build-loaded',
      );
      if (moved.length !== 1) throw new Fenced(`build ${rules.build} of ${name} is being loaded by another`);
      if (prepared.events.length > 0) await applyBatch(tx, rules, prepared, undefined, oneByOne);
    });
  }
}

/** The next chunk is read and opened while this one is being applied. */
async function* prepareAhead(setup: LoadSetup, from: bigint): AsyncIterable<Chunk> {
  const chunks = readChunks(setup, from)[Symbol.asyncIterator]();
  const next = async (): Promise<Chunk | undefined> => {
    const result = await chunks.next();
    if (result.done) return undefined;
    const { events, position, looked } = result.value;
    return { prepared: await prepareBatch(setup.rules, events), position, looked };
  };
  let ahead = next();
  for (;;) {
    const chunk = await ahead;
    if (!chunk) return;
    ahead = next();
    ahead.catch(() => {});
    yield chunk;
  }
}

async function* readChunks(
  { rules, eventStore, topicOf, batchSize = 2_000 }: LoadSetup,
  from: bigint,
): AsyncIterable<{ events: BusEvent[]; position: bigint; looked: number }> {
  const topics = new Set(rules.projection.topics);
  let events: BusEvent[] = [];
  let looked = 0;
  let position = from;
  // `from` is inclusive where it is given, and must be a position that the store gave.
  for await (const stored of eventStore.readAll(from < 0n ? {} : { from })) {
    if (stored.position <= from) continue;
    position = stored.position;
    looked++;
    const event = busEventOf(stored, topicOf);
    if (topics.has(event.topic)) events.push(event);
    if (events.length >= batchSize || looked >= batchSize * 10) {
      yield { events, position, looked };
      [events, looked] = [[], 0];
    }
  }
  if (looked > 0) yield { events, position, looked };
}
