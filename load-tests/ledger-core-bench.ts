/**
 * The ledger shard alone (no HTTP, no projections): transfers per second and what one costs. Usage:
 *   node dist/load-tests/ledger-core-bench.js sink [accounts]                    appends answered at once: the shard's own cost
 *   node dist/load-tests/ledger-core-bench.js --embedded postgres://…/log        the embedded event store in its own process
 *   node dist/load-tests/ledger-core-bench.js esdb://127.0.0.1:2113?tls=false    any server
 * BENCH_SECONDS is the length of each case.
 */
import { randomUUID } from 'node:crypto';
import { build } from 'hdr-histogram-js';
import { pino } from 'pino';
import { startSeparateEventStore } from '../infra/event-store/separate-process.js';
import { createMemoryVault } from '../shared/crypto/memory-vault.js';
import { createCodec } from '../shared/events/codec.js';
import { openEventStore } from '../shared/event-store/esdb.js';
import { memoryEventStore } from '../shared/event-store/memory.js';
import type { EventStore } from '../shared/event-store/port.js';
import { moneyOf } from '../shared/kernel/money.js';
import type { LedgerCommand } from '../services/ledger/commands.js';
import { memoryIndex } from '../services/ledger/index-port.js';
import { openLedgerShard, type LedgerShard } from '../services/ledger/ledger-shard.js';
import { memorySnapshots } from '../services/ledger/snapshot-port.js';
import type { ShardContext } from '../services/ledger/waiting.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);

/** Takes appends and forgets them: what is left is the shard's cost. Reads give an empty log. */
function sink(): EventStore {
  let position = 0n;
  return {
    ...memoryEventStore(),
    async append(_stream, events, expected) {
      await new Promise((resolve) => setImmediate(resolve));
      position += BigInt(events.length);
      return { revision: (expected === 'no-stream' ? -1n : (expected as bigint)) + BigInt(events.length), position };
    },
  };
}

const context = (): ShardContext => ({
  commandId: randomUUID(), commandHash: '0123456789abcdef'.repeat(4), repeatable: true, correlationId: 'req-1',
  actor: { id: 'bench', role: 'teller', channel: 'counter' },
});

async function must(shard: LedgerShard, command: LedgerCommand): Promise<string> {
  const given = await shard.execute(command, context());
  if (given.outcome === 'refused') throw new Error(given.rejection.code);
  return given.id;
}

async function openAccounts(shard: LedgerShard, count: number): Promise<string[]> {
  const accounts: string[] = [];
  for (let from = 0; from < count; from += 5_000) {
    const ids = await Promise.all(Array.from({ length: Math.min(5_000, count - from) }, () =>
      must(shard, { kind: 'open-account', product: 'demand-savings', currency: 'CNY', customerId: randomUUID(), holders: [] })));
    await Promise.all(ids.map((accountId) => must(shard, { kind: 'deposit', accountId, money: moneyOf({ amount: '1000000.00', currency: 'CNY' }), channel: 'counter' })));
    accounts.push(...ids);
  }
  return accounts;
}

async function measure(name: string, lanes: number, each: number, work: () => Promise<unknown>): Promise<void> {
  const latencies = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  const cpu = process.cpuUsage();
  const started = performance.now();
  const until = started + SECONDS * 1000;
  let done = 0;
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (performance.now() < until) {
      const at = performance.now();
      await work();
      latencies.recordValue(Math.max(1, Math.round((performance.now() - at) * 1000)));
      done += each;
    }
  }));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const ms = (percentile: number): string => (latencies.getValueAtPercentile(percentile) / 1000).toFixed(1);
  say(`${name.padEnd(34)} ${Math.round(done / seconds).toLocaleString('en').padStart(9)} /s   p50 ${ms(50)} ms  p99 ${ms(99)} ms   ${((user + system) / done).toFixed(1)} µs CPU in this process`);
}

const [first = 'sink', second = ''] = process.argv.slice(2);
const separate = first === '--embedded' ? await startSeparateEventStore(second) : undefined;
const eventStore = first === 'sink' ? sink() : first === 'memory' ? memoryEventStore() : openEventStore({ url: separate?.url ?? first });
const depths = first === 'sink' ? ([1] as const) : ([1, 2] as const);
let shardNumber = 0;
for (const groupsInFlight of depths) {
  const shard = await openLedgerShard({
    shard: shardNumber++, shards: 4, eventStore, codec: createCodec(createMemoryVault()), index: memoryIndex(), snapshots: memorySnapshots(),
    logger: pino({ level: 'warn' }), clock: () => new Date(), ids: randomUUID, config: { groupsInFlight, answerTimeoutMs: 60_000, ...(process.env['REMEMBER'] && { rememberedCommands: Number(process.env['REMEMBER']) }) },
  });
  const accounts = await openAccounts(shard, Number((first === 'sink' && second) || 10_000));
  const any = (): string => accounts[Math.floor(Math.random() * accounts.length)]!;
  const transfer = (): LedgerCommand & { kind: 'transfer' } => {
    const from = any();
    let to = any();
    while (to === from) to = any();
    return { kind: 'transfer', from, to, money: moneyOf({ amount: '1.00', currency: 'CNY' }) };
  };
  say(`groups in flight: ${groupsInFlight}; ${accounts.length.toLocaleString('en')} accounts; resident ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  for (const lanes of [1, 16, 64, 256]) await measure(`uniform, ${lanes} at once`, lanes, 1, () => must(shard, transfer()));
  const [from, to] = accounts as [string, string];
  await measure('one hot pair, 64 at once', 64, 1, () => must(shard, { kind: 'transfer', from, to, money: moneyOf({ amount: '0.01', currency: 'CNY' }) }));
  await measure('atomic batches of 50, 16 at once', 16, 50, () =>
    must(shard, { kind: 'transfer-batch', atomic: true, transfers: Array.from({ length: 50 }, () => { const { kind: _, ...line } = transfer(); return line; }) }));
  await shard.stop();
}
await eventStore.close();
await separate?.stop();
