import { createServer } from 'node:net';
import t from 'tap';
import { createPool } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { freePort } from '../processes/free-port.js';
import { readConnections } from '../supervisor/connections.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest } from './bank-under-test.js';

/** README's walk, as a new user takes it: from the first registration to the audit, and what happens when things are wrong. */
t.test('a first day at the bank', { timeout: 240_000 }, async (t) => {
  const dataDir = dataFolder(t);
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const { client } = bank;
  const money = (amount: string) => ({ amount, currency: 'CNY' });

  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
  });
  const afterRegistration = new Date().toISOString();
  const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
  const other = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
  await client.post(`/v1/accounts/${account.id}/deposits`, { money: money('500.00'), channel: 'counter' }, 'first-deposit');
  const transfer = { from: account.id, to: other.id, money: money('120.00'), memo: '一月房租 geheim' };
  const moved = await client.post<Created>('/v1/transfers', transfer, 'first-transfer');
  t.same(await client.post('/v1/transfers', transfer, 'first-transfer'), moved, 'the same key and body give the same answer');

  t.test('the money is where it should be', async (t) => {
    t.match(await client.get(`/v1/accounts/${account.id}?after=${moved.position}`), { balance: money('380.00'), available: money('380.00'), status: 'open' });
    const { items } = await client.get<{ items: object[] }>(`/v1/accounts/${other.id}/transactions`);
    t.match(items, [{ id: moved.id, kind: 'transfer', side: 'credit', money: money('120.00'), balanceAfter: money('120.00'), memo: '一月房租 geheim' }]);
    const { currencies } = await client.get<{ currencies: object[] }>('/v1/ledger/trial-balance');
    t.match(currencies, [{ currency: 'CNY', difference: '0.00' }]);
  });

  t.test('a change leaves its trace, and the past stays as it was', async (t) => {
    const answer = await send(bank, 'PATCH', `/v1/customers/${customer.id}`, { phones: ['+8613900139000'], reason: 'new phone' }, { 'if-match': '"0"' });
    t.equal(answer.status, 200);
    const { items } = await client.get<{ items: object[] }>(`/v1/customers/${customer.id}/history`);
    t.match(items, [{ type: 'CustomerRegistered' }, { type: 'CustomerUpdated', reason: 'new phone', changes: [{ field: 'phones', before: ['+8613800138000'], after: ['+8613900139000'] }] }]);
    t.match(await client.get(`/v1/customers/${customer.id}?asOf=${afterRegistration}`), { phones: ['+8613800138000'] });
    const position = ((await answer.json()) as Created).position;
    for (const query of ['phone=139%200013%209000', 'name=zhangwei', 'name=%E5%BC%A0', 'idNumber=34052419800101001x', `accountNumber=${account.accountNumber}`])
      t.match(await client.get(`/v1/customers?${query}&after=${position}`), { items: [{ id: customer.id }] }, query);
    t.same((await client.get<{ items: object[] }>(`/v1/customers?phone=13800138000&after=${position}`)).items, [], 'the old phone finds nobody');
    t.equal((await send(bank, 'PATCH', `/v1/customers/${customer.id}`, { phones: ['+8613900139001'] }, { 'if-match': '"0"' })).status, 412, 'a stale record is not overwritten');
  });

  t.test('refusals name what is wrong', async (t) => {
    for (const [path, body, status, code] of [
      ['/v1/transfers', { ...transfer, money: money('381.00') }, 422, 'insufficient_funds'],
      ['/v1/transfers', { ...transfer, to: account.id }, 422, 'same_account'],
      ['/v1/transfers', { ...transfer, to: '00000000-0000-4000-8000-000000000000' }, 404, 'account_not_found'],
      ['/v1/transfers', { ...transfer, money: { amount: '1.234', currency: 'CNY' } }, 400, 'request_invalid'],
      ['/v1/transfers', { ...transfer, evil: 1 }, 400, 'request_invalid'],
    ] as const) {
      const answer = await send(bank, 'POST', path, body, { 'idempotency-key': `refused-${code}-${status}` });
      t.match([answer.status, await answer.json()], [status, { code }]);
    }
    t.match(await (await send(bank, 'POST', '/v1/transfers', transfer, {})).json(), { code: 'idempotency_key_missing' });
    t.match(await (await send(bank, 'POST', '/v1/transfers', { ...transfer, money: money('1.00') }, { 'idempotency-key': 'first-transfer' })).json(), { code: 'idempotency_key_reused' });
    t.match(await (await fetch(`${bank.url}/v1/customers`)).json(), { code: 'unauthenticated' });
  });

  t.test('the audit tool tells the same story', async (t) => {
    const history = await runTool(bank, 'audit', 'history', '--customer', customer.id);
    t.equal(history.code, 0, history.err);
    t.match(history.out, /CustomerUpdated[^]*reason: new phone[^]*\+8613800138000 -> \+8613900139000/);
    t.match(await runTool(bank, 'audit', 'record', '--account', account.id, '--as-of', afterRegistration), { code: 4 });
    t.match(JSON.parse((await runTool(bank, 'audit', 'record', '--account', account.id)).out), { balance: '380.00', status: 'open' });
    t.match(await runTool(bank, 'audit', 'diff', '--customer', customer.id, '--from', afterRegistration, '--to', new Date().toISOString()), { code: 1, out: /phones/ });
    const replay = await runTool(bank, 'audit', 'replay');
    t.notMatch(replay.out, /张伟|13800138000|34052419800101001X|geheim/, 'what is personal is sealed in the log');
    t.match(await runTool(bank, 'audit', 'history'), { code: 2 });
    t.match(await runTool(bank, 'audit', 'verify'), { code: 0, out: '' });
  });

  t.test('a second start on the same folder is refused and harms nothing', async (t) => {
    await t.rejects(startBankUnderTest({ dataDir }), /already running/);
    t.match(await client.get('/health/ready'), { status: 'ready' });
  });

  t.test('a damaged row is found and named', async (t) => {
    const pool = createPool(readConnections(dataDir)!['PASSBOOK_POSTGRES_URL']!.replace(/\/postgres$/, '/read'), { applicationName: 'damage', max: 1 });
    t.teardown(() => pool.end());
    const table = (await pool.query<{ schema: string }>(`SELECT projection || '_b' || build AS schema FROM projector.builds WHERE projection = 'ledger' AND state = 'live'`)).rows[0]!.schema;
    const damage = (minor: string) => pool.query(`UPDATE ${table}.accounts SET balance = balance + ${minor} WHERE id = $1`, [account.id]);
    await damage('1');
    const found = await runTool(bank, 'audit', 'verify');
    t.equal(found.code, 1);
    t.match(found.out, new RegExp(`row_changed  ledger.accounts ${account.id}  balance: the log makes it 38000, the row has 38001`));
    await damage('-1');
    t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
  });

  t.test('stopped, the records can still be verified; started again, everything is there', async (t) => {
    t.equal(await bank.stop(), 0, 'it stops cleanly');
    t.match(await runTool(bank, 'audit', 'verify'), { code: 0, err: /clean/ });
    const again = await startBankUnderTest({ dataDir });
    t.teardown(() => again.stop());
    t.match(await again.client.get(`/v1/accounts/${account.id}`), { balance: money('380.00') });
    await eventually(async () => (await again.client.get<{ status: string }>('/health/ready')).status === 'ready');
  });
});

t.test('a port in use is said before anything is started', async (t) => {
  const port = await freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  t.teardown(() => holder.close());
  const { code, err } = await runTool({ dataDir: dataFolder(t) }, { PASSBOOK_HTTP_PORT: String(port) }, 'all', '--no-demo');
  t.equal(code, 1);
  t.match(err, new RegExp(`port ${port} is in use by another program`));
});
