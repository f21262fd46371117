import autocannon from 'autocannon';
import { Command } from 'commander';
import { build } from 'hdr-histogram-js';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Created } from '../infra/demonstration/http-client.js';
import { startBankUnderTest, type BankUnderTest } from '../infra/journeys/bank-under-test.js';
import { readProcessList } from '../infra/supervisor/process-list.js';
import { costOf } from './process-cost.js';

/**
 * From the answered command to the alert that a query shows, while transfers run at a fixed rate (open loop) beside it, on this machine, the load included.
 * Every probe is a customer's own first large deposit of cash, which the built-in rule of large cash alerts about.
 */
const options = new Command('alert-bench')
  .option('--real', 'on a real Kafka and Redis', false)
  .option('--rate <n>', 'transfers a second, beside the probes', Number, 500)
  .option('--probes <n>', 'alerts of one round', Number, 100)
  .option('--rounds <n>', 'rounds, after one warm-up', Number, 3)
  .option('--customers <n>', 'customers whose accounts the transfers run between', Number, 200)
  .parse()
  .opts<{ real: boolean; rate: number; probes: number; rounds: number; customers: number }>();

const EVERY_MS = 100;
const folder = mkdtempSync(path.join(tmpdir(), 'passbook-alerts-'));
const bank = await startBankUnderTest({ dataDir: path.join(folder, 'bank'), real: options.real });
let customers = 0;
try {
  process.stdout.write(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${options.real ? 'real Kafka and Redis' : 'embedded parts'}; ${options.rate} transfers/s between ${options.customers} customers beside ${1_000 / EVERY_MS} probes/s\n`);
  const accounts = await inFives(options.customers, () => accountOfNewCustomer(bank, '1000000000.00', 'batch'));
  for (let round = 0; round <= options.rounds; round++) {
    const probes = await inFives(options.probes, () => accountOfNewCustomer(bank));
    const before = costOf(pidsOf(bank));
    const load = transfers(bank, accounts.map(({ account }) => account), Math.ceil((options.probes * EVERY_MS) / 1_000) + 4);
    await pause(2_000);
    const seen = await alertLatencies(bank, probes);
    const { sent, refused, perSecond } = await load;
    const cpu = Object.entries(costOf(pidsOf(bank))).map(([name, { cpuMs }]) => `${name} ${((cpuMs - (before[name]?.cpuMs ?? 0)) * 1_000 / sent).toFixed(0)}`).join(', ');
    if (round === 0) continue;
    process.stdout.write(`round ${round}: ${perSecond.toFixed(0)} transfers/s${refused > 0 ? `, ${refused} not answered 201` : ''}; answered → alert visible p50 ${seen.getValueAtPercentile(50)} ms, p99 ${seen.getValueAtPercentile(99)} ms, most ${seen.maxValue} ms over ${seen.totalCount} alerts; CPU µs a transfer: ${cpu}\n`);
  }
} finally {
  await bank.stop();
  rmSync(folder, { recursive: true, force: true });
}

interface Probe { readonly customer: string; readonly account: string }

async function inFives<Made>(count: number, make: () => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  while (made.length < count) made.push(...(await Promise.all(Array.from({ length: Math.min(5, count - made.length) }, make))));
  return made;
}

async function accountOfNewCustomer({ client }: BankUnderTest, amount?: string, channel = 'counter'): Promise<Probe> {
  const number = ++customers;
  const { id: customer } = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: `Load Tester ${number}`, sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: `L${1_000_000 + number}`, country: 'DE' }, phones: [`+49151${10_000_000 + number}`],
  }, `alert-bench-${number}`);
  const { id: account } = await client.post<Created>('/v1/accounts', { customerId: customer, product: 'demand-savings', currency: 'CNY' });
  if (amount !== undefined) await client.post(`/v1/accounts/${account}/deposits`, { money: { amount, currency: 'CNY' }, channel }, `alert-bench-fund-${account}`);
  return { customer, account };
}

/** One alert after another, a probe every tenth of a second whether or not those before were seen. Milliseconds. */
async function alertLatencies({ client }: BankUnderTest, probes: readonly Probe[]) {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 120_000, numberOfSignificantValueDigits: 3 });
  await Promise.all(probes.map(async ({ customer, account }, index) => {
    await pause(index * EVERY_MS);
    await client.post(`/v1/accounts/${account}/deposits`, { money: { amount: '60000.00', currency: 'CNY' }, channel: 'counter' }, `alert-bench-cash-${account}`);
    const answered = performance.now();
    while ((await client.get<{ items: unknown[] }>(`/v1/risk/alerts?customer=${customer}`)).items.length === 0) await pause(10);
    histogram.recordValue(Math.max(1, Math.round(performance.now() - answered)));
  }));
  return histogram;
}

async function transfers(under: BankUnderTest, accounts: readonly string[], seconds: number): Promise<{ sent: number; refused: number; perSecond: number }> {
  const run = `alert-bench-${process.hrtime.bigint()}`;
  let sequence = 0;
  const result = await autocannon({
    url: under.url, connections: 32, duration: seconds, overallRate: options.rate,
    requests: [{
      method: 'POST', path: '/v1/transfers',
      setupRequest: (request) => {
        const from = sequence % accounts.length;
        return {
          ...request,
          headers: { authorization: `Bearer ${under.token}`, 'content-type': 'application/json', 'idempotency-key': `${run}-${sequence}` },
          body: JSON.stringify({ from: accounts[from], to: accounts[(from + 1 + (sequence++ % (accounts.length - 1))) % accounts.length], money: { amount: '0.01', currency: 'CNY' } }),
        };
      },
    }],
  });
  return { sent: result['2xx'], refused: result.non2xx + result.errors, perSecond: result['2xx'] / seconds };
}

function pidsOf(under: BankUnderTest): Record<string, number> {
  return Object.fromEntries(Object.entries(readProcessList(under.dataDir)).map(([name, { pid }]) => [name, pid]));
}
