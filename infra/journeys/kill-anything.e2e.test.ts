import fc from 'fast-check';
import t, { type Test } from 'tap';
import { auditTransfers, type Attempt, type LoggedMovement } from '../../load-tests/transfer-history.js';
import { runTransfers } from '../../load-tests/transfer-workload.js';
import type { Leg } from '../../shared/events/ledger/events.js';
import { minorOf } from '../../shared/kernel/money.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

const ACCOUNTS = 20;
const OPENING_MINOR = 1_000_000n;
const WORKERS = 16;
const THINK_MS = 100;
const SETTLE_MS = 60_000;

for (const real of [false, true]) {
  const parts = real ? 'real Kafka and Redis' : 'embedded parts';
  t.test(`every process is killed while money moves, on ${parts}`, { timeout: 300_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const bank = await startBankUnderTest({ dataDir: dataFolder(t), real, environment: { PASSBOOK_CLOCK_TICK_SECONDS: '1' } });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(bank.dataDir)));
    const accounts = await openAccounts(bank);
    const victims = ['api', 'pipeline', 'evaluation', 'event-store', 'postgres', ...(real ? ['kafka', 'redis'] : [])];
    // Twice where every part is real; what differs on embedded parts is the bus alone.
    const { attempts, kills } = await transfersUnderFire(t, bank, accounts, real ? [...victims, ...victims] : victims);
    t.ok(kills.length >= victims.length, `killed ${kills.join(', ')}`);
    t.equal(attempts.filter(({ outcome }) => outcome.kind === 'unknown').length, 0, 'every transfer got a definite answer in the end');
    t.ok(attempts.filter(({ outcome }) => outcome.kind === 'answered').length > 100, 'money moved meanwhile');
    await settled(bank, attempts);
    const opening = new Map(accounts.map((id) => [id, OPENING_MINOR]));
    const logged = await loggedTransfers(bank);
    const balances = await balancesOf(bank, accounts);
    t.same(auditTransfers(attempts, logged, opening, balances), [], 'every answered transfer exactly once, nothing else');
    const verify = await runTool(bank, 'audit', 'verify');
    t.equal(verify.code, 0, `verify is clean: ${verify.out}${verify.err}`);
    const ticks = (await runTool(bank, 'audit', 'replay', '--type', 'ClockTicked')).out.trim().split('\n').map((line) => (JSON.parse(line) as { data: { at: string } }).data.at);
    t.ok(ticks.length > 5 && ticks.every((at, index) => index === 0 || at > ticks[index - 1]!), `the clock went on and never back: ${ticks.length} ticks`);

    t.test('the audit can fail', async (t) => {
      const victim = attempts.find(({ outcome }) => outcome.kind === 'answered')!;
      // A client that asks again with a fresh key moves the money twice: the audit must see it.
      const doubled = await bank.client.post<Created>('/v1/transfers', {
        from: victim.from, to: victim.to, money: { amount: `${victim.minor / 100n}.${String(victim.minor % 100n).padStart(2, '0')}`, currency: 'CNY' },
      }, 'a-fresh-key');
      await bank.client.get(`/v1/accounts/${victim.from}?after=${doubled.position}`);
      t.match(auditTransfers(attempts, await loggedTransfers(bank), opening, await balancesOf(bank, accounts)), [/1 transfers are in the log that nobody was answered/]);
      t.match(auditTransfers(attempts, logged.slice(1), opening, balances), [/is in the log 0 times/], 'and a lost one');
    });
  });
}

t.test('everything is killed at once and started again on the same data folder', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  let bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const accounts = await openAccounts(bank);
  const attempts: Attempt[] = [];
  for (let round = 1; round <= 2; round++) {
    const ending = new AbortController();
    const working = runTransfers({ url: bank.url, token: bank.token, accounts, workers: WORKERS, thinkMs: THINK_MS, signal: ending.signal, settleMs: 0, random: Math.random, run: `round-${round}` });
    await eventually(() => hasMoved(bank, accounts), { deadlineMs: 60_000 });
    await bank.killAll();
    ending.abort();
    attempts.push(...(await working));
    bank = await startBankUnderTest({ dataDir });
  }
  await settled(bank, attempts);
  const opening = new Map(accounts.map((id) => [id, OPENING_MINOR]));
  t.same(auditTransfers(attempts, await loggedTransfers(bank), opening, await balancesOf(bank, accounts)), []);
  t.ok(attempts.filter(({ outcome }) => outcome.kind === 'answered').length > 10);
  const verify = await runTool(bank, 'audit', 'verify');
  t.equal(verify.code, 0, `verify is clean: ${verify.out}${verify.err}`);
});

async function openAccounts({ client }: BankUnderTest): Promise<string[]> {
  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Fault Tester', sex: 'female', birthDate: '1990-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: 'X1234567', country: 'DE' }, phones: ['+4915112345678'],
  });
  return Promise.all(
    Array.from({ length: ACCOUNTS }, async (_, index) => {
      const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' }, `open-${index}`);
      await client.post(`/v1/accounts/${account.id}/deposits`, { money: { amount: '10000.00', currency: 'CNY' }, channel: 'counter' }, `fund-${index}`);
      return account.id;
    }),
  );
}

/** Kills the victims in a random order while transfers run; the next only once money moves again. */
async function transfersUnderFire(t: Test, bank: BankUnderTest, accounts: readonly string[], victims: readonly string[]): Promise<{ attempts: Attempt[]; kills: string[] }> {
  const seed = Date.now() % 1_000_000_000;
  t.comment(`seed ${seed}`);
  const order = fc.sample(fc.shuffledSubarray([...victims], { minLength: victims.length }), { seed, numRuns: 1 })[0]!;
  const ending = new AbortController();
  const working = runTransfers({ url: bank.url, token: bank.token, accounts, workers: WORKERS, thinkMs: THINK_MS, signal: ending.signal, settleMs: SETTLE_MS, random: Math.random, run: `fire-${seed}` });
  const kills: string[] = [];
  try {
    for (const victim of order) {
      await eventually(() => hasMoved(bank, accounts), { deadlineMs: 60_000 });
      if (bank.kill(victim)) kills.push(victim);
    }
    await eventually(() => hasMoved(bank, accounts), { deadlineMs: 60_000 });
  } finally {
    ending.abort();
  }
  return { attempts: await working, kills };
}

/** One more deposit goes all the way from command to query: the bank as a whole moves again. */
async function hasMoved({ client }: BankUnderTest, accounts: readonly string[]): Promise<boolean> {
  try {
    const probe = await client.get<{ items: { recordedAt: string }[] }>(`/v1/accounts/${accounts[0]}/transactions?limit=1`);
    const before = probe.items[0]?.recordedAt;
    await eventually(async () => (await client.get<{ items: { recordedAt: string }[] }>(`/v1/accounts/${accounts[0]}/transactions?limit=1`)).items[0]?.recordedAt !== before, { everyMs: 100 });
    return true;
  } catch {
    return false;
  }
}

/** Lag returns to zero: a read at the last answered position is served. */
async function settled(bank: BankUnderTest, attempts: readonly Attempt[]): Promise<void> {
  const positions = attempts.flatMap(({ outcome }) => (outcome.kind === 'answered' ? [outcome.position] : []));
  const last = positions.reduce((a, b) => (a > b ? a : b), 0n);
  await bank.client.get(`/v1/ledger/trial-balance?after=${last}`);
}

async function loggedTransfers(bank: BankUnderTest): Promise<LoggedMovement[]> {
  const { code, out, err } = await runTool(bank, 'audit', 'replay', '--stream', 'ledger-0');
  if (code !== 0) throw new Error(`replay failed: ${err}`);
  return out.trim().split('\n').map((line) => JSON.parse(line) as { type: string; data: { movementId: string; legs: Leg[] } }).filter(({ type }) => type === 'TransferPosted').map(({ data }) => {
    const from = data.legs.find(({ side }) => side === 'debit')!;
    const to = data.legs.find(({ side }) => side === 'credit')!;
    return { id: data.movementId, from: from.accountId, to: to.accountId, minor: minorOf(from.money.amount, 'CNY') };
  });
}

async function balancesOf({ client }: BankUnderTest, accounts: readonly string[]): Promise<Map<string, bigint>> {
  const entries = await Promise.all(accounts.map(async (id) => [id, minorOf((await client.get<{ balance: { amount: string } }>(`/v1/accounts/${id}`)).balance.amount, 'CNY')] as const));
  return new Map(entries);
}
