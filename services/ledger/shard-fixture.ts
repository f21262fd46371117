/** A shard over the in-memory store, with faults on demand. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { StoreFailure, type AppendResult, type EventStore, type ExpectedRevision, type NewEvent, type StoredEvent } from '../../shared/event-store/port.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import type { Accepted, LedgerAnswer } from './answers.js';
import type { LedgerCommand } from './commands.js';
import { memoryIndex, type LedgerIndex } from './index-port.js';
import { idOf, money, openAccount, ANN } from './ledger-fixture.js';
import type { LedgerConfig } from './ledger-config.js';
import { openLedgerShard, type LedgerShard } from './ledger-shard.js';
import type { LedgerOptions } from './shard-parts.js';
import { memorySnapshots, type Snapshots } from './snapshot-port.js';
import type { ShardContext } from './waiting.js';

/** What goes wrong with one append. `foreign` writes these events first, as another writer would. */
export type Fault = 'lost-before' | 'lost-after' | 'delayed' | 'too-large' | 'unavailable' | { readonly foreign: readonly NewEvent[]; readonly answerAfterMs?: number };

/** A store whose appends fail as told: `next` for the coming ones in order, `every` by chance. */
export function faultyStore(inner: EventStore): EventStore & { next: (Fault | 'fine')[]; every: (() => Fault | 'fine') | undefined; appends: number } {
  return {
    ...inner,
    next: [],
    every: undefined,
    appends: 0,
    async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
      this.appends++;
      const fault = this.next.shift() ?? this.every?.() ?? 'fine';
      if (fault === 'fine') return inner.append(stream, events, expected);
      if (fault === 'unavailable') throw new StoreFailure('unavailable', 'told to be away');
      if (fault === 'too-large') throw new StoreFailure('too-large', 'told to refuse');
      if (fault === 'lost-before') throw new StoreFailure('outcome-unknown', 'told to lose the request');
      if (fault === 'delayed') {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return inner.append(stream, events, expected);
      }
      if (fault === 'lost-after') {
        await inner.append(stream, events, expected);
        throw new StoreFailure('outcome-unknown', 'told to lose the answer');
      }
      await inner.append(stream, fault.foreign, expected);
      const refusal = await inner.append(stream, events, expected).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, fault.answerAfterMs ?? 5)); // the answer is on its way while the next group is sent
      throw refusal;
    },
  };
}

export interface Bench {
  readonly eventStore: ReturnType<typeof faultyStore>;
  readonly options: LedgerOptions;
  readonly vault: ReturnType<typeof createMemoryVault>;
  shard: LedgerShard;
  now: Date;
  events(): Promise<StoredEvent[]>;
  run(command: LedgerCommand, key?: string, hash?: string): Promise<LedgerAnswer>;
  account(name: string, amount?: string): Promise<string>;
  restart(): Promise<void>;
}

export const contextOf = (key: string, hash = 'same'): ShardContext => ({
  commandId: idOf(key), commandHash: hash, repeatable: true, correlationId: 'test', actor: { id: 'tester', role: 'teller', channel: 'counter' },
});

export async function openBench(
  config: Partial<LedgerConfig> = {}, parts: { index?: LedgerIndex; snapshots?: Snapshots; eventStore?: EventStore } = {},
): Promise<Bench> {
  const eventStore = faultyStore(parts.eventStore ?? memoryEventStore());
  const vault = createMemoryVault();
  const options: LedgerOptions = {
    shard: 0,
    shards: 1,
    eventStore,
    codec: createCodec(vault),
    index: parts.index ?? memoryIndex(),
    snapshots: parts.snapshots ?? memorySnapshots(),
    logger: pino({ level: 'silent' }),
    clock: () => bench.now,
    ids: randomUUID,
    config: { timeZone: 'Asia/Shanghai', tickMs: 0, indexIntervalMs: 5, ...config },
  };
  let commands = 0;
  const bench: Bench = {
    eventStore,
    options,
    vault,
    shard: undefined as unknown as LedgerShard,
    now: new Date('2026-03-02T04:00:00.000Z'),
    async events() {
      const events: StoredEvent[] = [];
      for await (const event of eventStore.readStream('ledger-0')) events.push(event);
      return events;
    },
    run: (command, key = `command ${++commands}`, hash) => bench.shard.execute(command, contextOf(key, hash)),
    async account(name, amount = '0.00') {
      const { id } = accepted(await bench.run(openAccount(ANN), name));
      if (money(amount).minor > 0n) accepted(await bench.run({ kind: 'deposit', accountId: id, money: money(amount), channel: 'counter' }));
      return id;
    },
    async restart() {
      await bench.shard.stop();
      bench.shard = await openLedgerShard(options);
    },
  };
  bench.shard = await openLedgerShard(options);
  return bench;
}

export function accepted(answer: LedgerAnswer): Accepted {
  if (answer.outcome === 'refused') throw new Error(`refused: ${answer.rejection.code} ${answer.rejection.detail ?? ''}`);
  return answer;
}

export const codeOf = (answer: LedgerAnswer): string => (answer.outcome === 'refused' ? answer.rejection.code : 'accepted');
