import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { send, type BankUnderTest } from './bank-under-test.js';

export interface FullBank {
  readonly customers: readonly string[];
  readonly accounts: readonly string[];
  readonly holds: readonly string[];
  readonly movements: readonly string[];
  /** Of the last command: a query after it sees all of it. */
  readonly lastPosition: string;
  /** Every request of money that carried an idempotency key, with what it was answered. */
  readonly recorded: readonly { readonly path: string; readonly body: object; readonly key: string; readonly answer: Created }[];
}

const money = (amount: string, currency = 'CNY') => ({ amount, currency });

/** A bank that has met everything that can happen: each kind of customer and account, each fate of a hold, freezes, reversals, closings, batches. */
export async function foundFullBank(bank: BankUnderTest): Promise<FullBank> {
  const { client } = bank;
  const recorded: { path: string; body: object; key: string; answer: Created }[] = [];
  const movements: string[] = [];
  const move = async (path: string, body: object): Promise<Created> => {
    const key = `full-bank-${recorded.length}`;
    const answer = await client.post<Created>(path, body, key);
    recorded.push({ path, body, key, answer });
    return answer;
  };
  const moved = async (path: string, body: object): Promise<Created> => {
    const answer = await move(path, body);
    movements.push(answer.id);
    return answer;
  };
  const open = (customer: Created, currency = 'CNY', more: object = {}): Promise<Created> =>
    client.post('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency, ...more });

  const wang = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: '王芳', sex: 'female', birthDate: '1988-02-14', idDocument: { type: 'CN-RIC', number: '110105198802140021' },
    phones: ['+8613811110001'], email: 'wang.fang@example.com', income: money('280000.00'), branch: 'BJ-001',
  });
  const anna = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Anna Schmidt', sex: 'female', birthDate: '1993-11-05', idDocument: { type: 'FOREIGN-PASSPORT', number: 'C01X00T47', country: 'DE' }, phones: ['+4915112345678'],
  });
  const company = await client.post<Created>('/v1/customers', {
    kind: 'corporate', name: '上海示例贸易有限公司', creditCode: '91310000MA1FL4B24G', licenceNumber: '310000000000001',
    registeredCapital: money('5000000.00'), businessScope: '进出口贸易', branch: 'SH-001',
  });
  await changed(send(bank, 'PATCH', `/v1/customers/${wang.id}`, { phones: ['+8613900139000'], reason: 'new phone' }, { 'if-match': '"0"' }));
  await changed(send(bank, 'PATCH', `/v1/customers/${company.id}`, { name: '上海示例贸易集团有限公司', reason: 'renamed' }, { 'if-match': '"0"' }));

  const [savings, dollars, yen, annas, overdraft, closing, rest] = [
    await open(wang), await open(wang, 'USD'), await open(wang, 'JPY'), await open(anna), await open(company, 'CNY', { product: 'current-overdraft' }), await open(anna), await open(company),
  ] as const;
  await changed(send(bank, 'PUT', `/v1/accounts/${savings.id}/holders`,
    { holders: [{ customerId: wang.id, role: 'owner' }, { customerId: anna.id, role: 'signatory' }], reason: 'a second signature' }, {}));

  for (const [account, amount, currency] of [[savings, '9000.00', 'CNY'], [dollars, '1500.00', 'USD'], [yen, '70000', 'JPY'], [annas, '3200.00', 'CNY'], [closing, '45.00', 'CNY']] as const)
    await moved(`/v1/accounts/${account.id}/deposits`, { money: money(amount, currency), channel: 'counter', memo: 'opening' });
  await moved(`/v1/accounts/${savings.id}/withdrawals`, { money: money('100.00'), channel: 'atm' });
  await moved(`/v1/accounts/${savings.id}/deposits`, { money: money('10.00'), channel: 'online', bookingDate: '2026-01-31' });
  await moved('/v1/transfers', { from: savings.id, to: annas.id, money: money('250.00'), memo: '一月房租' });
  const mistaken = await moved('/v1/transfers', { from: overdraft.id, to: savings.id, money: money('800.00') });
  await moved(`/v1/transfers/${mistaken.id}/reversal`, { reason: 'sent twice' });

  const hold = (amount: string, more: object = {}): Promise<Created> => move(`/v1/accounts/${savings.id}/holds`, { money: money(amount), memo: 'held', ...more });
  const [active, captured, released] = [await hold('10.00', { expiresAt: '2099-01-01T00:00:00Z' }), await hold('20.00', { to: annas.id }), await hold('30.00')];
  const expired = await hold('40.00', { expiresAt: new Date(Date.now() + 1_500).toISOString() });
  await moved(`/v1/holds/${captured.id}/capture`, { money: money('15.00') });
  await move(`/v1/holds/${released.id}/release`, {});

  const line = (to: Created, amount: string) => ({ from: savings.id, to: to.id, money: money(amount) });
  await move('/v1/transfers/batch', { atomic: true, transfers: [line(annas, '1.00'), line(rest, '2.00')] });
  await move('/v1/transfers/batch', { atomic: false, transfers: [line(annas, '3.00'), line(annas, '4000000.00'), line(rest, '5.00')] });
  await move(`/v1/accounts/${closing.id}/close`, { to: annas.id, reason: 'no longer wanted' });
  await client.post(`/v1/accounts/${annas.id}/freeze`, { mode: 'debit-only', reason: 'court order' });
  await client.post(`/v1/accounts/${rest.id}/freeze`, { mode: 'full', reason: 'suspicion' });
  await client.post(`/v1/accounts/${dollars.id}/freeze`, { mode: 'full', reason: 'mistake' });
  const last = await client.post<Created>(`/v1/accounts/${dollars.id}/unfreeze`, { reason: 'mistake' });
  await eventually(async () => (await client.get<{ status: string }>(`/v1/holds/${expired.id}?after=${last.position}`)).status === 'expired');
  return {
    customers: [wang.id, anna.id, company.id],
    accounts: [savings, dollars, yen, annas, overdraft, closing, rest].map(({ id }) => id),
    holds: [active, captured, released, expired].map(({ id }) => id),
    movements, recorded, lastPosition: last.position,
  };
}

async function changed(answering: Promise<Response>): Promise<void> {
  const answer = await answering;
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
