import type { BankClient, Created } from './http-client.js';

/** Made-up people and one company: checksums are right, nobody has these documents. */
const CUSTOMERS = [
  {
    kind: 'individual', name: '王芳', sex: 'female', birthDate: '1988-02-14', idDocument: { type: 'CN-RIC', number: '110105198802140021' },
    phones: ['+8613811110001'], email: 'wang.fang@example.com', occupation: '工程师', income: { amount: '280000.00', currency: 'CNY' },
    addresses: [{ kind: 'home', country: 'CN', cityCode: '110105', city: '北京', line: '建国路 1 号' }], branch: 'BJ-001',
  },
  {
    kind: 'individual', name: '李强', sex: 'male', birthDate: '1975-09-30', idDocument: { type: 'CN-RIC', number: '310104197509301232' },
    phones: ['+8613911110002'], occupation: '教师', riskPreference: { level: 'balanced', assessedOn: '2026-01-15' }, branch: 'SH-001',
  },
  {
    kind: 'individual', name: 'Anna Schmidt', sex: 'female', birthDate: '1993-11-05', idDocument: { type: 'FOREIGN-PASSPORT', number: 'C01X00T47', country: 'DE' },
    phones: ['+4915112345678'], email: 'anna.schmidt@example.com', branch: 'SH-001',
  },
  {
    kind: 'corporate', name: '上海示例贸易有限公司', creditCode: '91310000MA1FL4B24G', licenceNumber: '310000000000001',
    registeredCapital: { amount: '5000000.00', currency: 'CNY' }, businessScope: '进出口贸易', branch: 'SH-001',
  },
] as const;

export interface Demonstration {
  readonly customerId: string;
  readonly accountId: string;
  readonly otherAccountId: string;
  readonly lastPosition: string;
}

/**
 * Founds a small bank through the ordinary API: four customers, five accounts, some movements, a hold. Every request carries a fixed
 * idempotency key, so that founding again after a crash in the middle completes what is missing and doubles nothing.
 */
export async function foundDemonstration(bank: BankClient): Promise<Demonstration> {
  const customers: Created[] = [];
  for (const [index, body] of CUSTOMERS.entries()) customers.push(await bank.post('/v1/customers', body, `demonstration-customer-${index}`));
  const [wang, li, anna, company] = customers as [Created, Created, Created, Created];

  const open = (key: string, body: object): Promise<Created> => bank.post('/v1/accounts', body, `demonstration-account-${key}`);
  const wangAccount = await open('wang', { customerId: wang.id, product: 'demand-savings', currency: 'CNY' });
  const wangDollars = await open('wang-usd', { customerId: wang.id, product: 'demand-savings', currency: 'USD' });
  const liAccount = await open('li', { customerId: li.id, product: 'current-overdraft', currency: 'CNY', holders: [{ customerId: li.id, role: 'owner' }, { customerId: wang.id, role: 'signatory' }] });
  const annaAccount = await open('anna', { customerId: anna.id, product: 'demand-savings', currency: 'EUR' });
  const companyAccount = await open('company', { customerId: company.id, product: 'demand-savings', currency: 'CNY' });

  const money = (amount: string, currency = 'CNY') => ({ amount, currency });
  const move = (key: string, path: string, body: object): Promise<Created> => bank.post(path, body, `demonstration-${key}`);
  await move('deposit-1', `/v1/accounts/${wangAccount.id}/deposits`, { money: money('20000.00'), channel: 'counter', memo: '现金存款' });
  await move('deposit-2', `/v1/accounts/${companyAccount.id}/deposits`, { money: money('880000.00'), channel: 'online', memo: 'opening capital' });
  await move('deposit-3', `/v1/accounts/${wangDollars.id}/deposits`, { money: money('1500.00', 'USD'), channel: 'counter' });
  await move('deposit-4', `/v1/accounts/${annaAccount.id}/deposits`, { money: money('3200.00', 'EUR'), channel: 'online' });
  await move('salary', '/v1/transfers', { from: companyAccount.id, to: wangAccount.id, money: money('12500.00'), memo: '工资' });
  await move('rent', '/v1/transfers', { from: wangAccount.id, to: liAccount.id, money: money('4200.00'), memo: '房租' });
  await move('atm', `/v1/accounts/${liAccount.id}/withdrawals`, { money: money('500.00'), channel: 'atm' });
  const hold = await move('hold', `/v1/accounts/${wangAccount.id}/holds`, { money: money('300.00') });
  return { customerId: wang.id, accountId: wangAccount.id, otherAccountId: liAccount.id, lastPosition: hold.position };
}
