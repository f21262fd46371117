import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { UnreadableEvent } from '../../shared/events/codec.js';
import { LedgerCheck } from './check-ledger.js';
import { LogCheck } from './check-log.js';
import { verifyReadModels } from './check-read-models.js';
import type { Finding } from './finding.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';

export interface Verification {
  readonly events: number;
  readonly streams: number;
  readonly accounts: number;
}

/** Reads the whole log once and tells everything that is wrong with it. */
export async function* verifyLog(records: BankRecords, done: (result: Verification) => void): AsyncIterable<Finding> {
  const log = new LogCheck();
  const shards = new Map<string, LedgerCheck>();
  let events = 0;
  for await (const stored of selectEvents(records.log, {}, 'verifying the log')) {
    events++;
    yield* log.check(stored);
    if (!stored.stream.startsWith('ledger-')) continue;
    const shard = shards.get(stored.stream) ?? new LedgerCheck();
    shards.set(stored.stream, shard);
    try {
      yield* shard.check((await records.codec.read([stored], { open: false }))[0] as Recorded<LedgerEvent>);
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      yield { code: 'event_unreadable', where: `${stored.stream}/${stored.revision}`, detail: error.message };
    }
  }
  done({ events, streams: log.streams, accounts: [...shards.values()].reduce((sum, { accounts }) => sum + accounts.size, 0) });
}

/** The log, and every row of every read model against it. */
export async function* verifyEverything(records: BankRecords, done: (result: Verification) => void): AsyncIterable<Finding> {
  yield* verifyLog(records, done);
  yield* verifyReadModels(records);
}
