import t, { type Test } from 'tap';
import { HEAD_OFFICE } from '../../shared/access/rights.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { bankClient, type BankClient, type Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';
import { ToldOutside } from './told-outside.js';

const WAIT = { deadlineMs: 60_000 };
interface AlertItem { readonly id: string; readonly case: string; readonly customer: string; readonly kind: string; readonly facts: string[] }
const yuan = (amount: string) => ({ amount, currency: 'CNY' });

for (const real of [false, true])
  t.test(`what rules find and whom it is told while money moves and processes are killed, on ${real ? 'a real Kafka and Redis' : 'embedded parts'}`, { timeout: 400_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const outside = await ToldOutside.open(t);
    const bank = await startBankUnderTest({ dataDir: dataFolder(t), real, environment: outside.environment });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(bank.dataDir)));
    const { client } = bank;
    const people = await Promise.all([0, 1, 2, 3].map((n) => customerWithAccount(bank, n)));
    const officer = await hireOfficer(bank);
    await watch(bank, officer, (people[1] as Person).customer);
    await outside.subscribe(bank, 'risk-officer');
    const alertsOf = async (customer: string): Promise<AlertItem[]> => (await client.get<{ items: AlertItem[] }>(`/v1/risk/alerts?customer=${customer}&limit=200`)).items;
    // Under its key, for as long as who answers is gone.
    const post = (path: string, body: object, key: string) => eventually(() => client.post<Created>(path, body, key), WAIT);
    const deposit = (account: string, amount: string, key: string) => post(`/v1/accounts/${account}/deposits`, { money: yuan(amount), channel: 'counter' }, key);

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
      const tellersKilled = outside.killAt('webhook', () => bank.kill('api')).then(() => outside.killAt('mail', () => bank.kill('api')));
      for (let round = 0; round < 3; round++) {
        const working = Promise.all(people.map(async ({ account }, n) => {
          for (let i = 0; i < 12; i++) {
            await deposit(account, `${30_000 + 1_000 * i}.00`, `fire-${round}-${n}-${i}`);
            const { account: other } = people[(n + 1 + (i % 3)) % people.length]!;
            await post('/v1/transfers', { from: account, to: other, money: yuan(`${10_000 * (1 + (i % 12))}.00`) }, `fire-transfer-${round}-${n}-${i}`);
          }
        }));
        if (round > 0) await eventually(() => bank.kill('evaluation'), WAIT);
        await working;
      }
      await tellersKilled;
      await agrees(t, bank);
      const kinds = new Set((await Promise.all(people.map(({ customer }) => alertsOf(customer)))).flat().map(({ kind }) => kind));
      t.ok(['large-cash', 'large-value', 'velocity', 'structuring', 'watched'].every((kind) => kinds.has(kind)), [...kinds].join());
    });

    await t.test('each of them was told by mail, message and webhook, the same again where the teller was killed before it knew', async (t) => {
      const alerts = (await Promise.all(people.map(({ customer }) => alertsOf(customer)))).flat();
      const ids = alerts.map(({ id }) => id);
      const cases = [...new Set(alerts.map((alert) => alert.case))];
      const messages = await eventually(async () => {
        const all = (await Promise.all(cases.map((id) => client.get<{ items: MessageItem[] }>(`/v1/risk/cases/${id}/messages?limit=200`)))).flatMap(({ items }) => items);
        return all.length === 2 * ids.length && all.every(({ sentAt }) => sentAt !== undefined) && new Set(outside.posted.map(({ id }) => id)).size === ids.length && all;
      }, WAIT);
      t.same([...new Set(messages.map(({ to }) => to))], [officer.id]);
      t.same(outside.faults(ids, messages, bank.dataDir), []);
      for (const told of [outside.posted.map(({ id }) => id), outside.mailed]) t.ok(told.length > new Set(told).size, 'control: it was killed before it knew');
      outside.posted.splice(0, outside.posted.length, ...outside.posted.filter(({ id }) => id !== ids[0]));
      t.same(outside.faults(ids, messages, bank.dataDir), [`webhook ${ids[0]} is lost`], 'control: one that is lost is found');
    });

    if (!real) await t.test('a draft is tried on the past before another publishes it, and then finds what is new', (t) => triedAndPublished(t, bank, people[3] as Person));
  });

interface MessageItem { readonly id: string; readonly to: string; readonly by: string; readonly sentAt?: string }
interface Person { readonly customer: string; readonly account: string }

async function customerWithAccount({ client }: BankUnderTest, n: number): Promise<Person> {
  const { id: customer } = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: `Customer ${n}`, sex: 'female', birthDate: '1990-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: `X123456${n}`, country: 'DE' }, phones: ['+4915112345678'],
  }, `customer-${n}`);
  const { id: account } = await client.post<Created>('/v1/accounts', { customerId: customer, product: 'demand-savings', currency: 'CNY' }, `account-${n}`);
  return { customer, account };
}

/** Somebody of risk and marketing, with a mailbox, who publishes what others wrote. */
async function hireOfficer({ url, client }: BankUnderTest): Promise<{ readonly id: string; readonly client: BankClient }> {
  const [username, password] = ['demo.officer', 'marble-orchid-station-93'];
  const { id } = await client.post<Created>('/v1/staff', { username, branch: HEAD_OFFICE, person: { name: 'Officer', email: 'officer@bank.example' } }, 'officer');
  for (const role of ['risk-officer', 'marketer']) await client.post(`/v1/staff/${id}/assignments`, { role, branch: HEAD_OFFICE }, role, { 'if-match': '*' });
  const { token } = await client.post<{ token: string }>(`/v1/staff/${id}/invitation`, {});
  await client.post('/v1/invitations', { token, password });
  const { accessToken } = await bankClient(url, '').post<{ accessToken: string }>('/v1/sign-in', { username, password });
  return { id, client: bankClient(url, accessToken) };
}

/** Publishes a list with one customer on it, and a rule on whom it names. */
async function watch({ client }: BankUnderTest, officer: { readonly client: BankClient }, customer: string): Promise<void> {
  const publish = async (path: string, body: object): Promise<string> => {
    const { id } = await client.post<Created>(path, body, `draft-${path}`);
    await client.post(`${path}/${id}/submission`, {}, `submit-${path}`, { 'if-match': '*' });
    const { versions } = await client.get<{ versions: { hash: string }[] }>(`${path}/${id}`);
    await officer.client.post(`${path}/${id}/publication`, { hash: versions[0]!.hash }, `publish-${path}`, { 'if-match': '*' });
    return id;
  };
  const list = await publish('/v1/marketing/segments', { kind: 'list', name: 'Watched' });
  await client.post(`/v1/marketing/segments/${list}/customers`, { add: [customer] }, 'on-the-list');
  // That there is such a list is known a moment after its publication is answered.
  await eventually(() => publish('/v1/risk/rules', {
    name: 'Money comes to who is watched', kind: 'watched', severity: 'low', trigger: 'movement', tree: { combinator: 'and', rules: [{ fact: 'side', operator: '=', value: 'in' }, { list, operator: 'in' }] },
  }), WAIT);
}

/** The log's own rules over the log once more find what is recorded, each once; verify is clean. */
async function agrees(t: Test, bank: BankUnderTest): Promise<void> {
  const replay = await eventually(async () => { const found = await runTool(bank, 'audit', 'alerts'); return found.code !== 5 && found; }, WAIT);
  t.match(replay, { code: 0, err: /^(evaluating: \d+ %\n)*$/ }, 'what was recorded is what a replay finds');
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
