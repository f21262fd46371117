import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

const cny = (amount: number) => ({ amount: `${amount}.00`, currency: 'CNY' });

async function hits({ url, token }: BankUnderTest): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  return Number(/bank_cache_reads_total\{view="account",outcome="hit"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
}

for (const real of [false, true])
  t.test(`an account comes from the cache and is never left behind, on ${real ? 'a real Redis' : 'embedded parts'}`, { timeout: 240_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const dataDir = dataFolder(t);
    const bank = await startBankUnderTest({ dataDir, real });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(dataDir)));
    const { client } = bank;
    const customer = await client.post('/v1/customers', {
      kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
    });
    const account = await client.post('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
    const path = `/v1/accounts/${account.id}`;
    const balance = async (query = ''): Promise<object> => (await client.get<{ balance: object }>(`${path}${query}`)).balance;
    const deposit = (count: number): Promise<Created> => client.post(`${path}/deposits`, { money: cny(1), channel: 'counter' }, `deposit-${count}`);
    const served = async (): Promise<boolean> => {
      const before = await hits(bank);
      await balance();
      await balance();
      return (await hits(bank)) > before;
    };

    await balance(`?after=${account.position}`);
    await eventually(served, { deadlineMs: 20_000 });
    for (let count = 1; count <= 20; count++) {
      await balance();
      const { position } = await deposit(count);
      t.same(await balance(`?after=${position}`), cny(count), 'who asks for what he wrote gets it');
      await eventually(async () => (await balance() as { amount: string }).amount === `${count}.00`, { deadlineMs: 2_000 });
    }
    t.ok(await served(), 'and others get it from the cache');

    for (const [count, victim] of [[21, 'pipeline'], [22, 'postgres'], ...(real ? [[23, 'redis'] as const] : [])] as const) {
      t.equal(bank.kill(victim), true);
      const { position } = await deposit(count);
      await eventually(async () => (await balance(`?after=${position}`) as { amount: string }).amount === `${count}.00`, { deadlineMs: 60_000 });
      await eventually(async () => (await balance() as { amount: string }).amount === `${count}.00`, { deadlineMs: 5_000 });
      await eventually(served, { deadlineMs: 20_000 });
    }
  });
