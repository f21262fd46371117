import t from 'tap';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { PROFILES } from '../../evaluation/testing/people.js';
import { outputsBy } from '../../evaluation/testing/runs.js';
import { personId, ToldBank } from '../../evaluation/testing/told-bank.js';
import { SegmentsProgram, type SegmentOutput } from '../program.js';
import { segmentId } from '../testing/segments-story.js';
import { rfmRunsOf, runsOf, toldTurns } from '../testing/rfm-story.js';
import { eventsOfRun, runIdOf } from './run.js';

const DAY = 24 * 60;
/** Registered on 15 January 2026 at 00:00 UTC. */
const bank = (people = 5): ToldBank => {
  const made = new ToldBank(Date.parse('2026-01-15T00:00:00Z'));
  for (let who = 0; who < people; who++) made.registered(who, PROFILES[who]!).opened(who);
  return made;
};
/** By their numbers: the three scores and the tier; null: lapsed. */
const ratings = (events: readonly RfmEvent[]): Record<string, string | null> =>
  Object.fromEntries(events.flatMap((event) => (event.type === 'CustomersRated' ? event.data.ratings : [])).map(({ customerId, rating }) =>
    [Number(customerId.slice(-12)), rating && `${rating.recency.score}${rating.frequency.score}${rating.monetary.score} ${rating.tier}`]));
const rated = (who: number, tier: 'top' | 'low') => ({
  type: 'CustomersRated',
  data: { runId: runIdOf('2026-02-01'), ratings: [{ customerId: personId(who), rating: { recency: { days: 1, score: 5 }, frequency: { movements: 1, score: 4 }, monetary: { amounts: [], score: 3 }, tier } }] },
});

t.test('when the month turns everybody is scored by what they did: the last first, the most first', async (t) => {
  const { log } = bank().deposited(0, 100).passes(DAY).deposited(1, 200).withdrew(1, 100).passes(DAY).deposited(2, 400).deposited(2, 1).withdrew(2, 1)
    .passes(DAY).deposited(3, 800).deposited(3, 1).deposited(3, 1).deposited(3, 1).passes(DAY).deposited(4, 1600).deposited(4, 1).deposited(4, 1).deposited(4, 1).deposited(4, 1)
    .passes(12 * DAY).ticked().passes(DAY).ticked();
  const [run, ...none] = await runsOf(log);
  t.same(none, []);
  const CNY = (amount: string) => ({ amount, currency: 'CNY' });
  t.same(run![0], {
    type: 'RfmRunBegun',
    data: {
      runId: runIdOf('2026-02-01'), date: '2026-02-01', from: '2025-02-01', at: '2026-02-01T00:00:00.000Z', cause: log.at(-1)!.id, customers: 5,
      breakpoints: { recency: [16, 15, 14, 13], frequency: [2, 3, 4, 5], monetary: [{ currency: 'CNY', amounts: [CNY('3.00'), CNY('4.02'), CNY('8.03'), CNY('16.04')] }] },
    },
  });
  t.same(ratings(run!), { 0: '111 low', 1: '222 low', 2: '333 middle', 3: '444 high', 4: '555 top' });
  t.same(run!.at(-1), { type: 'RfmRunCompleted', data: { runId: runIdOf('2026-02-01'), rated: 5, lapsed: 0, tiers: { top: 1, high: 1, middle: 1, low: 2 } } });
  t.same((run![1]!.data as { ratings: unknown[] }).ratings[0], {
    customerId: personId(0), rating: { recency: { days: 17, score: 1 }, frequency: { movements: 1, score: 1 }, monetary: { amounts: [CNY('1.00')], score: 1 }, tier: 'low' },
  });
});

t.test('the month turns in the time zone of the bank, and days are those of its calendar', async (t) => {
  const until = (minutes: number): Recorded[] => bank(1).passes(16 * DAY + 14 * 60).deposited(0, 100).passes(minutes).ticked().log;
  t.same(await runsOf(until(119), 'Asia/Shanghai'), [], 'control: at 23:59 in Shanghai it has not turned');
  const [run] = await runsOf(until(120), 'Asia/Shanghai');
  t.match(run, [{ data: { date: '2026-02-01', at: '2026-01-31T16:00:00.000Z' } }, { data: { ratings: [{ rating: { recency: { days: 1 } } }] } }]);
  t.same(await runsOf(until(120)), [], 'control: in London it has not');
});

t.test('a bank that stood still has one run for the last month\'s turn; a year after the last movement nobody is rated', async (t) => {
  const told = bank(1).deposited(0, 100).passes(100 * DAY).ticked();
  t.same((await runsOf(told.log)).map(([begun]) => begun!.data), [{
    runId: runIdOf('2026-04-01'), date: '2026-04-01', from: '2025-04-01', at: '2026-04-01T00:00:00.000Z', cause: told.log.at(-1)!.id, customers: 1,
    breakpoints: { recency: [76, 76, null, null], frequency: [1, 1, null, null], monetary: [{ currency: 'CNY', amounts: [{ amount: '1.00', currency: 'CNY' }, { amount: '1.00', currency: 'CNY' }, null, null] }] },
  }]);
  const { type, data } = rated(0, 'top');
  const lapsed = bank(1).say('rfmrun-x', type, data).passes(400 * DAY).ticked();
  t.same((await runsOf(lapsed.log)).map((run) => [ratings(run), run.at(-1)!.data]), [[{ 0: null }, { runId: runIdOf('2027-02-01'), rated: 0, lapsed: 1, tiers: { top: 0, high: 0, middle: 0, low: 0 } }]]);
  t.same(await runsOf(bank(1).passes(400 * DAY).ticked().log), [], 'where nobody is to be told of there is no run');
});

t.test('between own accounts, reversed and booked by the bank itself is nobody\'s doing; money counts by its booking; each currency has its own scores', async (t) => {
  const made = bank(3).deposited(0, 100).transferred(0, 1, 50).passes(20 * DAY).ticked();
  // Recorded in February, booked in January: the run of 1 February was before it, that of March counts it.
  made.deposited(2, 500, { backdated: 10 });
  const leg = (side: string, amount: string, currency: string) => ({ accountId: personId(100), customerId: personId(1), side, money: { amount, currency }, balanceAfter: { amount: '0.00', currency } });
  made.say('ledger-0', 'DepositPosted', { movementId: personId(200), legs: [leg('credit', '7.00', 'EUR')] }, 0).say('ledger-0', 'ReversalPosted', { movementId: personId(201), legs: [leg('debit', '7.00', 'EUR')] }, 0);
  made.say('ledger-0', 'TransferPosted', { movementId: personId(202), legs: [leg('debit', '1.00', 'EUR'), { ...leg('credit', '1.00', 'EUR'), accountId: personId(101) }] }, 0);
  const { log } = made.deposited(0, 900, { channel: 'system' }).passes(30 * DAY).ticked();
  const runs = await runsOf(log);
  t.match(runs.map(([begun]) => begun!.data), [{ date: '2026-02-01', customers: 2 }, { date: '2026-03-01', customers: 3 }]);
  t.match(runs[1], [
    { data: { breakpoints: { monetary: [{ currency: 'CNY', amounts: [{ amount: '1.50' }, { amount: '1.50' }, { amount: '5.00' }, { amount: '5.00' }] }, { currency: 'EUR', amounts: [{ amount: '7.00' }, { amount: '7.00' }, null, null] }] } } },
    { data: { ratings: [
      { rating: { frequency: { movements: 2 }, monetary: { amounts: [{ amount: '1.50' }], score: 3 } } },
      { rating: { frequency: { movements: 2 }, monetary: { amounts: [{ amount: '0.50' }, { amount: '7.00' }], score: 3 } } },
      { rating: { recency: { days: 35 }, frequency: { movements: 1 }, monetary: { score: 5 } } },
    ] } },
  ]);
});

t.test('whoever refused profiling, is restricted or erased is not rated; merged records are one customer', async (t) => {
  const made = bank(5);
  for (let who = 0; who < 5; who++) made.deposited(who, 100);
  const customer = (who: number, type: string, more: object = {}) => made.say(`customer-${personId(who)}`, type, { customerId: personId(who), ...more });
  made.changed(0, 'consents', { profiling: false });
  customer(1, 'CustomerRestricted');
  customer(2, 'CustomerErased');
  customer(3, 'CustomerMerged', { mergeId: personId(3), into: personId(4) });
  t.match((await rfmRunsOf(made.passes(20 * DAY).ticked().log)).map(({ customers }) => customers), [[{ id: personId(4), doing: { movements: 2 } }]]);
});

t.test('a customer comes into a segment by tier when the run says so, and leaves it by the next', async (t) => {
  const made = bank(2);
  const publish = (n: number, tree: object) => made.say('segment-x', 'SegmentPublished', { segmentId: segmentId(n), version: 1, definition: { kind: 'dynamic', name: 'x', tree }, hash: '0'.repeat(64) });
  publish(0, { attr: 'rfm.tier', operator: '=', value: 'top' });
  publish(1, { combinator: 'and', rules: [{ attr: 'rfm.recency', operator: '>=', value: 5 }, { attr: 'rfm.cell', operator: 'in', value: ['543', '555'] }] });
  const segments = async () => (await outputsBy<SegmentOutput | string>(() => new SegmentsProgram(), made.log, toldTurns())).flatMap((one) => (typeof one === 'string' || (one.kind !== 'entered' && one.kind !== 'left') ? [] : [`${one.kind} ${one.segmentId.slice(-1)} ${one.customerId.slice(-1)} ${one.because}`]));
  t.same(await segments(), [], 'nobody is rated');
  const entering = ['entered 0 1 rule', 'entered 1 1 rule'];
  made.say('rfmrun-x', rated(1, 'top').type, rated(1, 'top').data);
  t.same(await segments(), entering);
  made.say('rfmrun-x', rated(1, 'low').type, rated(1, 'low').data);
  t.same(await segments(), [...entering, 'left 0 1 rule']);
  made.changed(1, 'consents', { profiling: false });
  t.same(await segments(), [...entering, 'left 0 1 rule', 'left 1 1 profiling_refused'], 'a score is behaviour');
});

t.test('what a run has said stays said: it goes on after the last customer, by the breakpoints it began with', async (t) => {
  const made = bank(5);
  for (let who = 0; who < 5; who++) made.passes(60).deposited(who, 100 * 2 ** who);
  const [run] = await rfmRunsOf(made.passes(20 * DAY).ticked().log);
  const whole = eventsOfRun(run!);
  t.equal(whole.length, 3);
  for (const stored of [0, 1, 2]) t.same(eventsOfRun(run!, whole.slice(0, stored)), whole.slice(stored), `${stored} were there`);
  t.same(eventsOfRun(run!, whole), []);
  const withoutTheBest = { ...run!, customers: run!.customers.slice(0, 4) };
  t.same(ratings(eventsOfRun(withoutTheBest, whole.slice(0, 1))), ratings(whole.map((event) => (event.type === 'CustomersRated' ? { ...event, data: { ...event.data, ratings: event.data.ratings.slice(0, 4) } } : event))));
  t.notSame(ratings(eventsOfRun(withoutTheBest)), ratings(eventsOfRun(withoutTheBest, whole.slice(0, 1))), 'control: their own breakpoints would be others');
});
