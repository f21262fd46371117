import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { Recorded } from '../../shared/events/definition.js';
import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { seed } from '../../shared/testing/seed.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { OWNERS, stepArbitrary, tellStory } from '../ledger/testing/random-story.js';
import { balanceSeries } from './balance-series.js';
import { flowReport } from './flow-report.js';
import { daysBetween, lastDayOf, monthOf, monthsBetween } from './period.js';
import { statisticsProjection } from './projection.js';
import { accountsOf, balancesOf, branchFlows, flowsOf, netsOf, ownPaymentsOf, type Whose } from './queries.js';
import { balanceOn, entriesIn, flowOf, type TestEntry } from './testing/naive.js';
import { statisticsVerifier } from './verify.js';

const steps = fc.array(stepArbitrary, { minLength: 1, maxLength: 60 });
const RANGE = { from: '2026-03', to: '2026-06' };
const DAYS = { from: '2026-03-03', to: '2026-05-14' };

async function* inOrder(events: readonly Recorded[]): AsyncGenerator<Recorded> {
  yield* events;
}

test(`whatever was booked, in whatever batches: flows, balances and rows are what the entries come to (seed ${seed})`, skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, statisticsProjection);
  const rows = async () => Promise.all(statisticsProjection.views.map(async (table) => (await database.query<{ row: string }>(`select found::text as row from statistics.${table} as found order by 1`)).map(({ row }) => row)));
  const apply = async (events: readonly Recorded[], sizes: readonly number[]) => {
    await database.query(statisticsProjection.views.map((table) => `delete from statistics.${table};`).join(' '));
    for (let start = 0, batch = 0; start < events.length; batch++) {
      const size = sizes[batch % sizes.length]!;
      await database.apply(events.slice(start, start + size));
      start += size;
    }
  };

  async function check(whose: Whose, entries: readonly TestEntry[]): Promise<void> {
    const accounts = await accountsOf(database.store, whose, 1_000);
    const [ids, currencies] = [accounts.map(({ id }) => id), accounts.map(({ currency }) => currency)];
    const person = 'customers' in whose ? whose.customers : undefined;
    const report = flowReport(RANGE, currencies, await flowsOf(database.store, ids, RANGE.from, RANGE.to), person && (await ownPaymentsOf(database.store, person, RANGE.from, RANGE.to)));
    const inRange = entries.filter(({ date }) => monthOf(date) >= RANGE.from && monthOf(date) <= RANGE.to);
    const expected = [...new Set(currencies)].sort().map((currency) => ({
      currency, ...flowOf(inRange, currency, person),
      months: monthsBetween(RANGE.from, RANGE.to).map((month) => {
        const ofMonth = inRange.filter((entry) => monthOf(entry.date) === month);
        const kinds = ['deposit', 'withdrawal', 'transfer', 'reversal', 'hold-capture'].filter((kind) => ofMonth.some((entry) => entry.kind === kind && entry.currency === currency));
        return { month, ...flowOf(ofMonth, currency, person), kinds: kinds.map((kind) => ({ kind, ...flowOf(ofMonth.filter((entry) => entry.kind === kind), currency, person) })) };
      }),
    }));
    assert.deepEqual(report, { ...RANGE, currencies: expected });

    const nets = await netsOf(database.store, ids, DAYS.from, DAYS.to);
    const days = balanceSeries({ ...DAYS, step: 'day' }, currencies, nets);
    const months = balanceSeries({ ...DAYS, step: 'month' }, currencies, nets);
    const text = (currency: CurrencyCode, date: string) => amountText(balanceOn(entries, currency, date), currency);
    for (const { currency, opening, points } of days.currencies) {
      assert.equal(opening, text(currency, '2026-03-02'));
      assert.deepEqual(points, daysBetween(DAYS.from, DAYS.to).map((date) => ({ date, balance: text(currency, date) })));
    }
    for (const { currency, points } of months.currencies)
      assert.deepEqual(points.map(({ date, balance }) => ({ date, balance })), ['2026-03-31', '2026-04-30', DAYS.to].map((date) => ({ date, balance: text(currency, date) })));
    const sheet = await balancesOf(database.store, ids, DAYS.to);
    for (const { id, currency } of accounts) assert.equal(sheet.get(id) ?? 0n, balanceOn(entries.filter(({ accountId }) => accountId === id), currency, DAYS.to));
  }

  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), async (wishes, sizes) => {
      const { events } = tellStory(wishes);
      await apply(events, [1]);
      const oneByOne = await rows();
      await apply(events, sizes);
      assert.deepEqual(await rows(), oneByOne);
      for await (const difference of verifyWith([statisticsVerifier(database.query)], inOrder(events))) assert.fail(`verify finds ${JSON.stringify(difference)}`);

      const entries = entriesIn(events);
      for (const account of new Set(entries.filter(({ customerId }) => customerId !== undefined).map(({ accountId }) => accountId)))
        await check({ account }, entries.filter(({ accountId }) => accountId === account));
      // Each alone, and two records that were merged into one person.
      for (const customers of [[OWNERS.a], [OWNERS.c], [OWNERS.a, OWNERS.d], [OWNERS.a, OWNERS.c, OWNERS.d]])
        await check({ customers }, entries.filter(({ customerId }) => customerId !== undefined && customers.includes(customerId)));

      const flows = await branchFlows(database.store, { from: '2026-01', to: '2026-12', branches: ['B01'] }, 1_000);
      const ofBranch = entries.filter(({ customerId, currency }) => customerId === OWNERS.c && currency === 'CNY');
      for (const { month, kind, incoming, outgoing, entries: count } of flows) {
        const flow = flowOf(ofBranch.filter((entry) => monthOf(entry.date) === month && entry.kind === kind), 'CNY');
        assert.deepEqual([amountText(BigInt(incoming), 'CNY'), amountText(BigInt(outgoing), 'CNY'), count], [flow.in, flow.out, flow.entries]);
      }
      assert.equal(flows.reduce((all, { entries: count }) => all + count, 0), ofBranch.length);
    }),
    { seed, numRuns: 25 },
  );
  t.equal(lastDayOf('2028-02'), '2028-02-29');
});
