import autocannon from 'autocannon';
import { Command } from 'commander';
import { build } from 'hdr-histogram-js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import type { Created } from '../infra/demonstration/http-client.js';
import { startBankUnderTest, type BankUnderTest } from '../infra/journeys/bank-under-test.js';
import { readProcessList } from '../infra/supervisor/process-list.js';
import { costOf } from './process-cost.js';

/** `npm run bench`: single transfers over HTTP against the whole running bank, closed loop, on this machine, the load beside it. */
const options = new Command('bench')
  .option('--real', 'on a real Kafka and Redis', false)
  .option('--seconds <n>', 'length of one round', Number, 10)
  .option('--rounds <n>', 'rounds of each case, after one warm-up; the median is shown with its spread', Number, 3)
  .option('--accounts <n>', 'accounts of the uniform case', Number, 1_000)
  .option('--connections <list>', 'numbers of connections', (text: string) => text.split(',').map(Number), [1, 16, 64])
  .option('--json <file>', 'write every round, memory and the trial balance here too')
  .parse()
  .opts<{ real: boolean; seconds: number; rounds: number; accounts: number; connections: number[]; json?: string }>();

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
  /** Answered → visible in a query, sampled while the load runs. */
  readonly visibleP50Ms: number;
  readonly visibleP99Ms: number;
  /** CPU of all the bank's processes for one transfer, and of each of them. */
  readonly cpuMicros: number;
  readonly cpuMicrosBy: Readonly<Record<string, number>>;
}

const folder = mkdtempSync(path.join(tmpdir(), 'passbook-bench-'));
const bank = await startBankUnderTest({ dataDir: path.join(folder, 'bank'), real: options.real });
// The bank stands in a process group of its own: Ctrl-C does not reach it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void bank.stop().finally(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  }));
const cases: { case: string; connections: number; rounds: readonly Round[] }[] = [];
try {
  process.stdout.write(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${options.real ? 'real Kafka and Redis' : 'embedded parts'}; the load runs beside the bank\n`);
  const accounts = await fundedAccounts(bank, options.accounts);
  process.stdout.write(`${'case'.padEnd(24)}${['transfers/s', 'p50 ms', 'p99 ms', 'visible p50', 'visible p99', 'CPU µs'].map((head) => head.padStart(20)).join('')}\n`);
  for (const [name, pool] of [['uniform', accounts], ['one hot pair', accounts.slice(0, 2)]] as const)
    for (const connections of options.connections) {
      await round(bank, pool, connections, Math.min(3, options.seconds));
      const rounds: Round[] = [];
      for (let index = 0; index < options.rounds; index++) rounds.push(await round(bank, pool, connections, options.seconds));
      cases.push({ case: name, connections, rounds });
      const columns = (['perSecond', 'p50Ms', 'p99Ms', 'visibleP50Ms', 'visibleP99Ms', 'cpuMicros'] as const).map((key) => spread(rounds.map((one) => one[key])));
      const parts = Object.keys(rounds[0]!.cpuMicrosBy).map((name) => `${name} ${median(rounds.map((one) => one.cpuMicrosBy[name] ?? 0)).toFixed(0)}`).join(', ');
      const refused = rounds.reduce((sum, one) => sum + one.refused, 0);
      process.stdout.write(`${`${name}, ${connections}`.padEnd(24)}${columns.map((text) => text.padStart(20)).join('')}${refused > 0 ? `  ${refused} not answered 201` : ''}\n${' '.repeat(24)}CPU µs by process: ${parts}\n`);
    }
  const cost = costOf(pidsOf(bank));
  process.stdout.write(`memory (PSS): ${Object.entries(cost).map(([name, { memoryBytes }]) => `${name} ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`).join(', ')}\n`);
  const balance = await bank.client.get<{ currencies: { currency: string; difference: string }[] }>('/v1/ledger/trial-balance');
  process.stdout.write(`trial balance difference afterwards: ${balance.currencies.map(({ currency, difference }) => `${difference} ${currency}`).join(', ')}\n`);
  const report = { cases, memory: cost, trialBalance: balance.currencies.map(({ currency, difference }) => ({ currency, difference })) };
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2));
} finally {
  await bank.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function fundedAccounts({ client }: BankUnderTest, count: number): Promise<string[]> {
  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Load Tester', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: 'L7654321', country: 'DE' }, phones: ['+4915112345679'],
  });
  const ids: string[] = [];
  for (let begun = 0; begun < count; begun += 50)
    ids.push(...(await Promise.all(Array.from({ length: Math.min(50, count - begun) }, async () => {
      const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
      await client.post(`/v1/accounts/${account.id}/deposits`, { money: { amount: '1000000000.00', currency: 'CNY' }, channel: 'batch' }, `bench-fund-${account.id}`);
      return account.id;
    }))));
  return ids;
}

async function round(under: BankUnderTest, pool: readonly string[], connections: number, seconds: number): Promise<Round> {
  const run = `bench-${process.hrtime.bigint()}`;
  let sequence = 0;
  const before = costOf(pidsOf(under));
  const begun = performance.now();
  const probing = new AbortController();
  const visible = probeVisibility(under, pool, probing.signal, `${run}-probe`);
  const result = await autocannon({
    url: under.url,
    connections,
    duration: seconds,
    requests: [{
      method: 'POST',
      path: '/v1/transfers',
      setupRequest: (request) => {
        const from = sequence % pool.length;
        const to = (from + 1 + (sequence % Math.max(1, pool.length - 1))) % pool.length;
        return {
          ...request,
          headers: { authorization: `Bearer ${under.token}`, 'content-type': 'application/json', 'idempotency-key': `${run}-${sequence++}` },
          body: JSON.stringify({ from: pool[from], to: pool[to === from ? (from + 1) % pool.length : to], money: { amount: '0.01', currency: 'CNY' } }),
        };
      },
    }],
  });
  const elapsedSeconds = (performance.now() - begun) / 1000;
  probing.abort();
  const seen = await visible;
  const transfers = result['2xx'];
  const cpuMicrosBy = Object.fromEntries(Object.entries(costOf(pidsOf(under))).map(([name, { cpuMs }]) => [name, ((cpuMs - (before[name]?.cpuMs ?? 0)) * 1000) / transfers]));
  return {
    perSecond: transfers / elapsedSeconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    refused: result.non2xx + result.errors,
    visibleP50Ms: seen.getValueAtPercentile(50) / 1000,
    visibleP99Ms: seen.getValueAtPercentile(99) / 1000,
    cpuMicros: Object.values(cpuMicrosBy).reduce((sum, micros) => sum + micros, 0),
    cpuMicrosBy,
  };
}

/** A transfer of its own every 50 ms: from its answer until a query at its position shows it. Microseconds. */
async function probeVisibility({ client }: BankUnderTest, pool: readonly string[], signal: AbortSignal, run: string) {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  for (let index = 0; !signal.aborted; index++) {
    const moved = await client.post<Created>('/v1/transfers', { from: pool[0]!, to: pool[1]!, money: { amount: '0.01', currency: 'CNY' } }, `${run}-${index}`);
    const answered = performance.now();
    await client.get(`/v1/transfers/${moved.id}?after=${moved.position}`);
    histogram.recordValue(Math.max(1, Math.round((performance.now() - answered) * 1000)));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return histogram;
}

function pidsOf(under: BankUnderTest): Record<string, number> {
  return Object.fromEntries(Object.entries(readProcessList(under.dataDir)).map(([name, { pid }]) => [name, pid]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function spread(values: readonly number[]): string {
  const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  return `${show(median(values))} (${show(Math.min(...values))}-${show(Math.max(...values))})`;
}
