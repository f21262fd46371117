import { randomUUID } from 'node:crypto';
import t from 'tap';
import { everythingClear } from '../../shared/access/data-classes.js';
import { HEAD_OFFICE, type Permit } from '../../shared/access/rights.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { bankOfRows, type CustomerRow } from './testing/bank-of-rows.js';

const NAMES = ['ann', 'bob', 'cid', 'dot'] as const;
const ids = Object.fromEntries(NAMES.map((name) => [name, randomUUID()])) as Record<(typeof NAMES)[number], string>;
const kept = { ann: { branch: 'B01' }, bob: { branch: 'B02', manager: 'anna' }, cid: { branch: null }, dot: { branch: 'B02', manager: 'ben' } } as const;
const at = '2025-01-01T08:00:00.000Z';
const customers: CustomerRow[] = NAMES.map((name) => ({
  id: ids[name], kind: 'individual', status: 'active', birthYear: null, sex: null, cityCode: null, incomeBand: null, riskLevel: null, registeredAt: at, updatedAt: at, ...kept[name],
}));

t.test('a list holds what its reader reaches, whatever is asked', skipUnless('postgres'), async (t) => {
  const seenWith = async (holder: string, ...permits: Permit[]): Promise<string[]> => {
    const rights = { holder, permits: new Map([['customers.search' as const, permits]]), views: everythingClear };
    const { get, post } = await bankOfRows(t, customers, [], { rights });
    const names = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => NAMES.find((name) => ids[name] === id)!).sort();
    const [asQuery, asBody] = [names(await get({})), names(await post({}))];
    t.same(asQuery, asBody, 'as a query and as a body');
    t.same(names(await get({ branch: 'B02' })), asQuery.filter((name) => kept[name as keyof typeof kept].branch === 'B02'), 'a filter only narrows');
    return asQuery;
  };
  const branches = (...codes: string[]): Permit => ({ scope: 'branch', branches: new Set(codes) });
  t.same(await seenWith('anna', { scope: 'all' }), ['ann', 'bob', 'cid', 'dot']);
  t.same(await seenWith('anna', branches('B01')), ['ann']);
  t.same(await seenWith('anna', branches('B01', HEAD_OFFICE)), ['ann', 'cid'], 'without a branch: the head office\'s');
  t.same(await seenWith('anna', { scope: 'portfolio' }), ['bob']);
  t.same(await seenWith('anna', { scope: 'portfolio' }, branches('B01')), ['ann', 'bob'], 'any permit is enough');
  t.same(await seenWith(ids.dot, { scope: 'own' }), ['dot']);
  t.same(await seenWith('anna', branches()), []);
});
