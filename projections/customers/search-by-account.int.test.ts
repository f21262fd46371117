import { randomUUID } from 'node:crypto';
import t from 'tap';
import { skipUnless } from '../../shared/testing/parts.js';
import { bankOfRows, type AccountRow, type CustomerRow } from './testing/bank-of-rows.js';

const minute = (at: number) => new Date(Date.UTC(2025, 0, 1, 8, at)).toISOString();
const NAMES = ['ann', 'bob', 'cid', 'dot', 'eve'] as const;
type Name = (typeof NAMES)[number];
const ids = Object.fromEntries(NAMES.map((name) => [name, randomUUID()])) as Record<Name, string>;
const customers: CustomerRow[] = NAMES.map((name, at) => ({
  id: ids[name], kind: 'individual', status: 'active', branch: at < 3 ? 'B01' : 'B02', birthYear: 1980 + at, sex: 'female', cityCode: null, incomeBand: null, riskLevel: null,
  registeredAt: minute(at), updatedAt: minute(at),
}));
const account = (owner: Name, currency: string, balance: bigint, fields: Partial<AccountRow> = {}): AccountRow => ({
  id: randomUUID(), owner: ids[owner], product: 'demand-savings', currency, status: 'open', balance, ...fields,
});
const accounts = [
  account('ann', 'CNY', 100_00n), account('ann', 'CNY', 900_00n, { status: 'frozen-full' }),
  account('bob', 'CNY', -50_00n, { product: 'current-overdraft' }), account('bob', 'JPY', 100n),
  account('cid', 'CNY', 100_01n, { status: 'closed' }),
  account('dot', 'CNY', 500_00n, { status: 'frozen-debit-only' }), account('dot', 'CNY', 0n, { product: 'current-overdraft' }),
];

t.test('by currency, balance and state of an account', skipUnless('postgres'), async (t) => {
  const { get, post, waited } = await bankOfRows(t, customers, accounts);
  const found = async (search: object) => {
    const [asQuery, asBody] = [await get(search), await post(search)];
    t.same(asQuery, asBody, 'as a query and as a body');
    return asQuery.items.map(({ id }: { id: string }) => NAMES.find((name) => ids[name] === id));
  };
  t.same(await found({ currency: 'CNY' }), ['ann', 'bob', 'dot'], 'a closed account is none');
  t.same(await found({ currency: 'JPY' }), ['bob']);
  t.same(await found({ currency: 'CNY', balanceFrom: '100.00' }), ['ann', 'dot']);
  t.same(await found({ currency: 'CNY', balanceFrom: '100.01' }), ['ann', 'dot'], 'one account that fits is enough');
  t.same(await found({ currency: 'CNY', balanceFrom: '100.00', balanceTo: '100.00' }), ['ann'], 'both ends are included');
  t.same(await found({ currency: 'CNY', balanceTo: '-0.01' }), ['bob'], 'overdrawn');
  t.same(await found({ currency: 'JPY', balanceFrom: '100', balanceTo: '100' }), ['bob'], 'a currency without decimals');
  t.same(await found({ currency: 'JPY', balanceFrom: '101' }), []);
  t.same(await found({ accountStatus: 'frozen' }), ['ann', 'dot']);
  t.same(await found({ accountStatus: 'frozen-debit-only' }), ['dot']);
  t.same(await found({ accountStatus: 'closed' }), ['cid']);
  t.same(await found({ accountStatus: 'frozen', currency: 'CNY', balanceTo: '500.00' }), ['dot'], 'one and the same account meets all of it: ann\'s frozen one is too big');
  t.same(await found({ product: 'current-overdraft', currency: 'CNY', balanceFrom: '0.00' }), ['dot'], 'the product too');
  t.same(await found({ currency: 'CNY', branch: 'B01', sort: '-registeredAt' }), ['bob', 'ann'], 'with other filters, sorted');
  waited.length = 0;
  await get({ after: '5' });
  await get({ after: '5', currency: 'CNY' });
  t.same(waited, ['customers', 'customers', 'ledger'], '?after waits for every read model that is asked');
});

t.test('filters that make no sense are refused, all at once', skipUnless('postgres'), async (t) => {
  const { get, post } = await bankOfRows(t, [], []);
  const faults = async (search: object) => {
    const lists = await Promise.all([get(search), post(search)]);
    const [asQuery, asBody] = lists.map(({ status, errors }) => (status === 400 ? errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer.slice(1)} ${code}`) : 'accepted'));
    t.same(asQuery, asBody, 'as a query and as a body');
    t.same([lists[0].errors?.[0].pointer[0], lists[1].errors?.[0].pointer[0]], ['?', '/']);
    return asQuery;
  };
  t.same(await faults({ balanceFrom: '1.00' }), ['currency required']);
  t.same(await faults({ balanceTo: '1' }), ['currency required']);
  t.same(await faults({ currency: 'XYZ', balanceFrom: '1.00' }), ['currency not_allowed']);
  t.same(await faults({ currency: 'cny' }), ['currency not_allowed']);
  t.same(await faults({ currency: 'CNY', balanceFrom: '1.005', balanceTo: '1' }), ['balanceFrom amount_scale', 'balanceTo amount_scale'], 'too many decimals, too few');
  t.same(await faults({ currency: 'JPY', balanceFrom: '1.00' }), ['balanceFrom amount_scale']);
  t.same(await faults({ currency: 'CNY', balanceFrom: '1e3', balanceTo: '１.00' }), ['balanceFrom format', 'balanceTo format']);
  t.same(await faults({ currency: 'CNY', balanceFrom: '10000000000000000.00' }), ['balanceFrom amount_too_large']);
  t.same(await faults({ currency: 'CNY', balanceFrom: '1.01', balanceTo: '1.00' }), ['balanceTo out_of_range'], 'upside down');
  t.same(await faults({ accountStatus: 'lost' }), ['accountStatus not_allowed']);
  t.same(await faults({ registeredFrom: '2025-01-02T00:00:00Z', registeredTo: '2025-01-02T07:59:59+08:00' }), ['registeredTo out_of_range'], 'compared as moments');
  t.same(await faults({ registeredFrom: '0000-06-01T00:00:00Z', registeredTo: '2025-02-30T00:00:00Z' }), ['registeredFrom out_of_range', 'registeredTo format']);
  t.same(await faults({ name: '·', balanceTo: 'x', branch: '', colour: 'red' }), ['branch too_short', 'balanceTo format', 'colour unknown_field', 'name format', 'currency required']);
  t.match(await get({ bornFrom: '1990', bornTo: '1980' }), { errors: [{ pointer: '?bornTo', code: 'out_of_range' }] });
  t.match(await post({ bornFrom: 1990, bornTo: 1980 }), { errors: [{ pointer: '/bornTo', code: 'out_of_range' }] });
  t.match(await post({ cursor: 'x' }), { errors: [{ pointer: '/cursor', code: 'format' }] });
  t.match(await get({ registeredFrom: '2025-01-01T00:00:00+23:00' }), { items: [] }, 'an offset that Postgres does not know');
});
