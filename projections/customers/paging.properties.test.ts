import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { SORTS } from './search.js';
import { bankOfRows, type AccountRow, type CustomerRow } from './testing/bank-of-rows.js';

// Few values of each, so that many are equal and every place where a page may end is a tie sooner or later.
const times = ['2025-01-01T08:00:00.000Z', '2025-01-01T08:00:00.001Z', '2025-06-30T23:59:59.999Z', '2026-02-28T00:00:00.000Z'] as const;
const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const id = () => fc.constant(undefined).map(() => randomUUID() as string);

const customers = fc.array(fc.record<CustomerRow>({
  id: id(), kind: some('individual', 'corporate'), status: some('active', 'active', 'erased'), branch: some(null, 'B01', 'B02', 'B10', 'A\nB'), birthYear: some(null, 1950, 1980, 2001),
  sex: some(null, 'male', 'female'), cityCode: some(null, '310000', '110000'), incomeBand: some(null, 'under-50k', 'over-1m'), riskLevel: some(null, 'balanced', 'aggressive'),
  registeredAt: some(...times), updatedAt: some(...times),
}), { minLength: 60, maxLength: 60 });
const accounts = (owners: readonly CustomerRow[]) => fc.array(fc.record<AccountRow>({
  id: id(), owner: some(...owners.map((owner) => owner.id)), product: some('demand-savings', 'current-overdraft'), currency: some('CNY', 'JPY'),
  status: some('open', 'open', 'frozen-full', 'frozen-debit-only', 'closed'), balance: some(-10_000n, 0n, 1n, 99_999n, 100_000n, 5_000_000n),
}), { minLength: 90, maxLength: 90 });

const minor = fc.option(some(-10_000n, -1n, 0n, 99_999n, 100_000n, 10n ** 15n), { nil: undefined });
/** Mostly not asked: were all asked at once, nobody would fit. */
const sometimes = <T>(...values: readonly T[]) => fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some(...values) });
const filters = fc.record({
  kind: sometimes('individual' as const, 'corporate' as const), status: sometimes('active', 'erased'), branch: sometimes('B01', 'A\nB', 'B99'), sex: sometimes('male'), cityCode: sometimes('310000'),
  incomeBand: sometimes('over-1m'), riskLevel: sometimes('balanced'), bornFrom: sometimes(1950, 1951), bornTo: sometimes(1980, 2001), registeredFrom: sometimes(times[0], times[1]), registeredTo: sometimes(times[1], times[2]),
  product: sometimes('demand-savings', 'current-overdraft', 'gold'), currency: some<CurrencyCode | undefined>(undefined, 'CNY', 'CNY', 'JPY', 'USD'), accountStatus: sometimes('open', 'frozen', 'frozen-full', 'closed'),
  balanceFrom: minor, balanceTo: minor,
}).filter(({ balanceFrom, balanceTo }) => balanceFrom === undefined || balanceTo === undefined || balanceFrom <= balanceTo);
type Filter = typeof filters extends fc.Arbitrary<infer T> ? T : never;

/** The same, told as plainly as can be. */
function naive(rows: readonly CustomerRow[], accounts: readonly AccountRow[], filter: Filter): CustomerRow[] {
  const { product, currency, accountStatus, balanceFrom, balanceTo } = filter;
  const within = currency === undefined ? {} : { balanceFrom, balanceTo };
  const fits = ({ status, ...account }: AccountRow): boolean =>
    (product === undefined || account.product === product) && (currency === undefined || account.currency === currency) &&
    (within.balanceFrom === undefined || account.balance >= within.balanceFrom) && (within.balanceTo === undefined || account.balance <= within.balanceTo) &&
    (accountStatus === undefined ? status !== 'closed' : accountStatus === 'frozen' ? status.startsWith('frozen') : status === accountStatus);
  const asksForAccount = product !== undefined || currency !== undefined || accountStatus !== undefined;
  const same = ['kind', 'status', 'branch', 'sex', 'cityCode', 'incomeBand', 'riskLevel'] as const;
  return rows.filter((row) =>
    same.every((field) => filter[field] === undefined || row[field] === filter[field]) &&
    (filter.bornFrom === undefined || (row.birthYear !== null && row.birthYear >= filter.bornFrom)) && (filter.bornTo === undefined || (row.birthYear !== null && row.birthYear <= filter.bornTo)) &&
    (filter.registeredFrom === undefined || row.registeredAt >= filter.registeredFrom) && (filter.registeredTo === undefined || row.registeredAt <= filter.registeredTo) &&
    (!asksForAccount || accounts.some((account) => account.owner === row.id && fits(account))));
}

function inOrder(rows: readonly CustomerRow[], sort: (typeof SORTS)[number]): string[] {
  const column = sort.replace('-', '') as 'registeredAt' | 'updatedAt' | 'birthYear' | 'branch';
  const turned = sort.startsWith('-') ? -1 : 1;
  const valueOf = (row: CustomerRow) => row[column] ?? (column === 'birthYear' ? 0 : '');
  const compare = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows].sort((a, b) => turned * (compare(valueOf(a), valueOf(b)) || compare(a.id, b.id))).map((row) => row.id);
}

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor?: string;
}

t.test('paging through any search gives each customer who fits exactly once, in order', skipUnless('postgres'), async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  const [rows] = fc.sample(customers, { seed, numRuns: 1 });
  const [held] = fc.sample(accounts(rows!), { seed, numRuns: 1 });
  // So few that both ways to search by accounts come about.
  const bank = await bankOfRows(t, rows!, held!, { few: 10 });
  let found = 0;
  let byBalance = 0;
  await fc.assert(fc.asyncProperty(filters, some(...SORTS), fc.integer({ min: 1, max: 13 }), fc.boolean(), async (filter, sort, limit, asBody) => {
    const { currency, balanceFrom, balanceTo, ...others } = filter;
    const search = Object.fromEntries(Object.entries({
      ...others, currency, sort, limit,
      ...(currency !== undefined && balanceFrom !== undefined && { balanceFrom: amountText(balanceFrom, currency) }),
      ...(currency !== undefined && balanceTo !== undefined && { balanceTo: amountText(balanceTo, currency) }),
    }).filter(([, value]) => value !== undefined));
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const asked: object = { ...search, ...(cursor && { cursor }) };
      const page: Page = await (asBody ? bank.post(asked) : bank.get(asked));
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
      if (seen.length > rows!.length) throw new Error('somebody comes again and again');
      if (cursor !== undefined && page.items.length !== limit) throw new Error('a page that is not the last is not full');
    }
    const expected = inOrder(naive(rows!, held!, filter), sort);
    found += expected.length;
    if (search['balanceFrom'] !== undefined && expected.length > 0) byBalance++;
    if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(`found ${seen.length}, expected ${expected.length}`);
  }), { seed, numRuns: 250 });
  t.comment(`${found} found, ${byBalance} searches by balance found somebody`);
  t.ok(found > 500, 'most searches find somebody');
  t.ok(byBalance > 20, 'those by balance too');
});
