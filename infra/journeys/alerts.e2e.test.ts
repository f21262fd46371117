import t, { type Test } from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

const WAIT = { deadlineMs: 60_000 };
interface AlertItem { readonly id: string; readonly case: string; readonly customer: string; readonly kind: string; readonly facts: string[] }
const yuan = (amount: string) => ({ amount, currency: 'CNY' });

for (const real of [false, true])
  t.test(`what rules find while money moves and the evaluation is killed, on ${real ? 'a real Kafka and Redis' : 'embedded parts'}`, { timeout: 400_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const bank = await startBankUnderTest({ dataDir: dataFolder(t), real });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(bank.dataDir)));
    const { client } = bank;
    const people = await Promise.all([0, 1, 2, 3].map((n) => customerWithAccount(bank, n)));
    const alertsOf = async (customer: string): Promise<AlertItem[]> => (await client.get<{ items: AlertItem[] }>(`/v1/risk/alerts?customer=${customer}&limit=200`)).items;
    const deposit = (account: string, amount: string, key: string) => client.post<Created>(`/v1/accounts/${account}/deposits`, { money: yuan(amount), channel: 'counter' }, key);

    await t.test('three deposits just below the threshold are one case with its evidence and its reasons', async (t) => {
      const [{ customer, account }] = people as [Person];
      const deposits = [];
      for (let n = 0; n < 3; n++) deposits.push((await deposit(account, '45000.00', `just-below-${n}`)).id);
      const alert = await eventually(async () => (await alertsOf(customer)).find(({ kind }) => kind === 'structuring'), WAIT);
      t.same([...alert.facts].sort(), [...deposits].sort(), 'the very deposits');
      t.match(await client.get(`/v1/risk/cases/${alert.case}`), { id: alert.case, customer, kind: 'structuring', round: 1, status: 'open', severity: 'high', alerts: 1 });
      t.match(await client.get(`/v1/risk/cases/${alert.case}/alerts/${alert.id}`), { id: alert.id, trace: [{ node: '', result: true }] });
    });

    await t.test('killed again and again, nothing is lost and nothing doubled', async (t) => {
      for (let round = 0; round < 3; round++) {
        const working = Promise.all(people.map(async ({ account }, n) => {
          for (let i = 0; i < 12; i++) {
            await deposit(account, `${30_000 + 1_000 * i}.00`, `fire-${round}-${n}-${i}`);
            const { account: other } = people[(n + 1 + (i % 3)) % people.length]!;
            await client.post('/v1/transfers', { from: account, to: other, money: yuan(`${10_000 * (1 + (i % 12))}.00`) }, `fire-transfer-${round}-${n}-${i}`);
          }
        }));
        if (round > 0) await eventually(() => bank.kill('evaluation'), WAIT);
        await working;
      }
      await agrees(t, bank);
      const kinds = new Set((await Promise.all(people.map(({ customer }) => alertsOf(customer)))).flat().map(({ kind }) => kind));
      t.ok(['large-cash', 'large-value', 'velocity', 'structuring'].every((kind) => kinds.has(kind)), [...kinds].join());
    });

    if (!real) await t.test('a draft is tried on the past before another publishes it, and then finds what is new', (t) => triedAndPublished(t, bank, people[3] as Person));
  });

interface Person { readonly customer: string; readonly account: string }

async function customerWithAccount({ client }: BankUnderTest, n: number): Promise<Person> {
  const { id: customer } = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: `Customer ${n}`, sex: 'female', birthDate: '1990-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: `X123456${n}`, country: 'DE' }, phones: ['+4915112345678'],
  }, `customer-${n}`);
  const { id: account } = await client.post<Created>('/v1/accounts', { customerId: customer, product: 'demand-savings', currency: 'CNY' }, `account-${n}`);
  return { customer, account };
}

/** The log's own rules over the log once more find what is recorded, each once; verify is clean. */
async function agrees(t: Test, bank: BankUnderTest): Promise<void> {
  const replay = await eventually(async () => { const found = await runTool(bank, 'audit', 'alerts'); return found.code !== 5 && found; }, WAIT);
  t.match(replay, { code: 0, err: '' }, 'what was recorded is what a replay finds');
  const [, found, recorded] = /^(\d+) alerts found, (\d+) recorded$/m.exec(replay.out) ?? [];
  t.ok(Number(found) >= 8 && found === recorded, replay.out);
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
}

async function triedAndPublished(t: Test, bank: BankUnderTest, { customer, account }: Person): Promise<void> {
  const { client } = bank;
  const formula = { name: 'Any cash', kind: 'any-cash', severity: 'low', trigger: 'movement', tree: { fact: 'cash', operator: '=', value: true } };
  const drafted = await client.post<Created>('/v1/risk/rules', formula, 'draft');
  const { id } = await client.post<{ id: string }>(`/v1/risk/rules/${drafted.id}/backtests`, {}, 'try-it');
  const job = await eventually(async () => { const found = await client.get<{ status: string; result?: { alerts: number; customers: number } }>(`/v1/risk/backtests/${id}`); return found.status !== 'running' && found; }, WAIT);
  t.match(job, { status: 'done', result: { alerts: 3 + 3 * 4 * 12, customers: 4, added: [{ customer: String }], cost: { asked: Number } } });
  t.same((await client.get<{ items: unknown[] }>(`/v1/risk/alerts?kind=any-cash`)).items, [], 'nothing was raised');
  const refused = await send(bank, 'POST', '/v1/risk/rules', { ...formula, tree: { combinator: 'and', rules: [{ attr: 'customer.shoeSize', operator: '=', value: 44 }] } }, { 'idempotency-key': 'wrong' });
  t.match(await refused.json(), { code: 'risk_rule_invalid', errors: [{ pointer: '/tree/rules/0/attr', code: 'unknown_field' }] });
  t.ok(customer && account);
}
