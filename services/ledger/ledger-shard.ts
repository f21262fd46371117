import type { EventStore } from '../../shared/event-store/port.js';
import type { LedgerAnswer } from './answers.js';
import { localDate } from '../../shared/kernel/calendar.js';
import type { LedgerCommand } from './commands.js';
import { foundingCommandId, ledgerStream } from './general-ledger.js';
import { defaultLedgerConfig, type LedgerConfig } from './ledger-config.js';
import { Shard } from './shard.js';
import type { LedgerOptions, ShardParts, ShardStatus } from './shard-parts.js';
import { loadLedger } from './starting.js';
import { systemContext } from './system-context.js';
import type { ShardContext } from './waiting.js';

export interface LedgerShard {
  /** Never rejects: refusals and outages are answers. Resolves once the command's events, or all it was decided behind, are stored. */
  execute(command: LedgerCommand, context: ShardContext): Promise<LedgerAnswer>;
  /** Moves the business date on and lets holds expire; by itself every `tickMs`. */
  tick(): Promise<void>;
  snapshot(): Promise<void>;
  status(): ShardStatus;
  /** The customers who hold the account, or the account of an open hold, the owner first; undefined where there is none. None: the bank's own. */
  partiesOfAccount(id: string): readonly string[] | undefined;
  partiesOfHold(id: string): readonly string[] | undefined;
  stop(): Promise<void>;
}

/** Shards that this process writes, by store: a second writer of the same shard is a mistake of the program. */
const open = new WeakMap<EventStore, Set<string>>();

/** Loads the shard (newest snapshot and tail), founds it where it is new, and serves. Throws when the log cannot be read. */
export async function openLedgerShard(options: LedgerOptions): Promise<LedgerShard> {
  const stream = ledgerStream(options.shard);
  const config: LedgerConfig = { ...defaultLedgerConfig, ...options.config };
  const parts: ShardParts = { ...options, stream, config };
  const streams = open.get(options.eventStore) ?? new Set<string>();
  open.set(options.eventStore, streams);
  if (streams.has(stream)) throw new Error(`${stream} has a writer in this process already`);
  streams.add(stream);
  let shard: Shard | undefined;
  try {
    const loaded = await loadLedger(parts, config);
    shard = new Shard(parts, loaded);
    shard.start();
    await found(shard, parts, loaded.state.founding === undefined);
    if (loaded.state.founding!.shards !== options.shards)
      throw new Error(`${stream} was founded as one of ${loaded.state.founding!.shards} shards, not of ${options.shards}`);
    await shard.tick();
  } catch (error) {
    await shard?.stop();
    streams.delete(stream);
    throw error;
  }
  const running = shard;
  return {
    execute: (command, context) => running.execute(command, context),
    tick: () => running.tick(),
    snapshot: () => running.snapshot(),
    status: () => running.status(),
    partiesOfAccount: (id) => running.partiesOfAccount(id),
    partiesOfHold: (id) => running.partiesOfHold(id),
    async stop() {
      await running.stop();
      streams.delete(stream);
    },
  };
}

async function found(shard: Shard, parts: ShardParts, isNew: boolean): Promise<void> {
  const { timeZone } = parts.config;
  const founding: LedgerCommand = {
    kind: 'found', shard: parts.shard, shards: parts.shards, timeZone, businessDate: localDate(timeZone, parts.clock()),
  };
  const given = isNew
    ? await shard.execute(founding, systemContext(foundingCommandId(parts.shard)))
    : await shard.execute({ kind: 'open-general-ledger' }, systemContext(parts.ids()));
  if (given.outcome === 'refused') throw new Error(`the shard could not be founded: ${given.rejection.code} ${given.rejection.detail ?? ''}`);
}
