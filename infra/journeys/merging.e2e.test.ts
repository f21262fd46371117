import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest } from './bank-under-test.js';

const person = (name: string, number: string, phone: string, more: object = {}) =>
  ({ kind: 'individual', name, sex: 'female', birthDate: '1971-03-04', idDocument: { type: 'FOREIGN-PASSPORT', number, country: 'DE' }, phones: [phone], branch: 'BR-1', notDuplicateOf: 'any', ...more });

t.test('a customer who was registered twice, from the merge to its undoing, on the whole bank', { timeout: 180_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  const get = async (path: string, after: string) =>
    (await fetch(`${bank.url}${path}${path.includes('?') ? '&' : '?'}after=${after}`, { headers: { authorization: `Bearer ${bank.token}` } })).json() as Promise<Record<string, unknown> & { items: { id: string; customerId: string }[] }>;
  const historyOf = async (id: string) => ((await (await fetch(`${bank.url}/v1/customers/${id}/history`, { headers: { authorization: `Bearer ${bank.token}` } })).json()) as { items: object[] }).items;
  const kept = await bank.client.post<Created>('/v1/customers', person('Ottilie Brandt', 'QZX90817264', '+4915799887765', { consents: { marketingSms: true } }));
  const old = await bank.client.post<Created>('/v1/customers', person('Ottilie Berger', 'QZX11111111', '+4915700000001'));
  const account = await bank.client.post<Created>('/v1/accounts', { customerId: old.id, product: 'demand-savings', currency: 'CNY' });
  const deposited = await bank.client.post<Created>(`/v1/accounts/${account.id}/deposits`, { money: { amount: '100.00', currency: 'CNY' }, channel: 'counter' }, 'first');

  const answer = await send(bank, 'POST', `/v1/customers/${kept.id}/merges`, { from: old.id, fromRevision: 0, take: ['name'], identitiesDiffer: true, reason: 'married' }, { 'if-match': '"0"' });
  t.equal(answer.status, 201);
  const merge = (await answer.json()) as { id: string; revision: number; position: string };
  t.match(await get(`/v1/customers/${old.id}`, merge.position), { id: kept.id, askedId: old.id, name: 'Ottilie Berger', mergedIds: [old.id], consents: undefined });
  for (const id of [kept.id, old.id]) t.same((await get(`/v1/accounts?customerId=${id}`, deposited.position)).items.map((one) => [one.id, one.customerId]), [[account.id, old.id]]);
  for (const query of ['idNumber=QZX11111111', 'name=Ottilie%20Berger', 'currency=CNY', 'product=demand-savings'])
    t.same((await get(`/v1/customers?${query}`, merge.position)).items.map(({ id }) => id), [kept.id], query);
  t.match(await (await send(bank, 'POST', '/v1/accounts', { customerId: old.id, product: 'demand-savings', currency: 'CNY' }, {})).json(), { code: 'customer_merged', detail: `customer ${old.id} was merged into ${kept.id}` });
  t.equal((await send(bank, 'POST', `/v1/accounts/${account.id}/withdrawals`, { money: { amount: '30.00', currency: 'CNY' }, channel: 'counter' }, { 'idempotency-key': 'out' })).status, 201, 'the account goes on');
  t.equal((await historyOf(old.id)).length, 5);

  const portable = await (await fetch(`${bank.url}/v1/customers/${old.id}/portable-data`, { headers: { authorization: `Bearer ${bank.token}` } })).text();
  const lines = portable.trimEnd().split('\n').map((line) => JSON.parse(line) as { part: string; content: Record<string, unknown>; lines?: number });
  const all = (part: string) => lines.filter((one) => one.part === part).map(({ content }) => content);
  t.match(lines[0], { part: 'begin', customerId: kept.id, ids: [kept.id, old.id], notWhole: [] });
  t.match(lines.at(-1), { part: 'end', lines: lines.length });
  t.same(all('record').map(({ id }) => id), [kept.id, old.id]);
  t.same(all('account').map(({ id, balance }) => [id, balance]), [[account.id, { amount: '70.00', currency: 'CNY' }]]);
  t.same(all('movement').map(({ accountId, kind }) => [accountId, kind]), [[account.id, 'withdrawal'], [account.id, 'deposit']]);

  const audit = (...words: string[]) => runTool({ dataDir }, 'audit', ...words);
  const inLog: string[] = [];
  for (const id of [kept.id, old.id]) for (const line of (await audit('replay', '--stream', `customer-${id}`)).out.trimEnd().split('\n')) inLog.push((JSON.parse(line) as { type: string }).type);
  t.same(all('change').map(({ type }) => type), inLog, 'every event that the log has of the customer, under both ids');
  t.match(JSON.parse((await audit('record', '--customer', old.id)).out), { mergedInto: kept.id });
  await eventually(async () => (await audit('verify')).code === 0, { deadlineMs: 60_000 });

  const undone = await send(bank, 'POST', `/v1/customers/${kept.id}/merges/${merge.id}/undo`, { reason: 'two cousins' }, { 'if-match': `"${merge.revision}"` });
  t.equal(undone.status, 200);
  const { position } = (await undone.json()) as { position: string };
  t.match(await get(`/v1/customers/${old.id}`, position), { id: old.id, askedId: undefined, name: 'Ottilie Berger' });
  t.match(await get(`/v1/customers/${kept.id}`, position), { id: kept.id, name: 'Ottilie Brandt', consents: { marketingSms: true }, mergedIds: undefined });
  t.same((await get(`/v1/accounts?customerId=${kept.id}`, position)).items, []);
  t.equal((await get(`/v1/accounts?customerId=${old.id}`, position)).items.length, 1);
  t.match(await audit('verify'), { code: 0, out: '' });
});
