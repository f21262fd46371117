import { pino } from 'pino';
import t from 'tap';
import { everythingClear, type Views } from '../../../shared/access/data-classes.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { Refusal, type Principal } from '../../../shared/http/context.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { atTheBeginning, Evaluator } from '../../evaluation/evaluator.js';
import { memorySubjects } from '../../evaluation/memory-store.js';
import { PROFILES } from '../../evaluation/testing/people.js';
import { bookedAt, startOfDay } from '../../evaluation/testing/runs.js';
import { personId, ToldBank } from '../../evaluation/testing/told-bank.js';
import type { KeptCustomers } from '../preview/kept-occasions.js';
import { SegmentsProgram } from '../program.js';
import { runsOf } from '../testing/rfm-story.js';
import { rfmModule } from './routes.js';

const DAY = 24 * 60;
const PEOPLE = 12;

/** Each moved more and more often than the one before, and later; all in January 2026, the first also the year before. */
function story(): ToldBank {
  const bank = new ToldBank(Date.parse('2025-11-15T00:00:00Z'));
  for (let who = 0; who < PEOPLE; who++) bank.registered(who, PROFILES[who % PROFILES.length]!).opened(who);
  for (let n = 0; n < 40; n++) bank.deposited(0, 100_000);
  bank.passes(50 * DAY);
  for (let who = 0; who < PEOPLE; who++) {
    for (let n = 0; n <= who; n++) bank.deposited(who, 1_000 * (who + 1));
    bank.passes(DAY);
  }
  return bank.passes(30 * DAY).ticked();
}

async function keptAfter(log: readonly Recorded[]): Promise<KeptCustomers> {
  const subjects = memorySubjects();
  let state = atTheBeginning;
  const evaluator = await Evaluator.start({
    bookedAt, startOfDay, program: new SegmentsProgram(), store: subjects, state, keepInHand: Infinity,
    async commit(step) {
      subjects.keep(step);
      ({ state } = step);
    },
  });
  await evaluator.take(log);
  await evaluator.store();
  return { subjects, state };
}

async function previewing(t: { teardown(handler: () => unknown): void }, log: readonly Recorded[], reached = (_id: string): boolean => true) {
  const kept = await keptAfter(log);
  const principals: Record<string, Views> = { clear: everythingClear, hidden: { ...everythingClear, marketing: 'hidden' } };
  const server = await buildServer({
    modules: [rfmModule({ timeZone: 'UTC', startOfDay, keptCustomers: async () => kept, reachedAmong: async (ids) => new Set(ids.filter(reached)) })],
    authenticate: ({ headers }): Principal => {
      const id = headers.authorization ?? 'nobody';
      const views = principals[id] ?? everythingClear;
      if (id === 'nobody') throw new Refusal({ code: 'unauthenticated' });
      return { id, role: 'marketer', channel: 'counter', rights: { holder: id, permits: new Map([[id === 'reader' ? 'marketing.read' as const : 'marketing.write-segments' as const, [{ scope: 'all' }]]]), views } };
    },
    logger: pino({ level: 'silent' }), now: () => new Date('2026-03-01T00:00:00Z'), commandSecret: Buffer.alloc(32, 1), readWait: async () => true, accessLog: noAccessLog, checks: {}, findTarget: async () => undefined,
  });
  t.teardown(() => server.close());
  return async (payload: object, who = 'clear') => {
    const answer = await server.inject({ method: 'POST', url: '/v1/marketing/rfm/preview', headers: { authorization: who }, payload });
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
  };
}

t.test('under the settings of runs it gives what the run gave, under others something else', async (t) => {
  const { log } = story();
  const run = (await runsOf(log)).find(([begun]) => (begun!.data as { date: string }).date === '2026-02-01')!;
  const preview = await previewing(t, log);
  const { status, body } = await preview({ date: '2026-02-01' });
  const [begun, completed] = [run[0]!.data as Record<string, unknown>, run.at(-1)!.data as Record<string, unknown>];
  t.match([status, body], [200, { date: '2026-02-01', from: begun['from'], customers: PEOPLE, looked: PEOPLE, complete: true, breakpoints: begun['breakpoints'], tiers: completed['tiers'] }]);
  const spread = (kind: string): number[] => {
    const ratings = run.flatMap((event) => (event.type === 'CustomersRated' ? event.data.ratings : [])).map(({ rating }) => (rating as unknown as Record<string, { score: number }>)[kind]!.score);
    return [1, 2, 3, 4, 5].map((score) => ratings.filter((one) => one === score).length);
  };
  t.same(body['scores'], { recency: spread('recency'), frequency: spread('frequency'), monetary: spread('monetary') });

  const short = (await preview({ date: '2026-02-01', months: 1 })).body;
  t.match(short, { from: '2026-01-01', customers: PEOPLE });
  t.notSame(short['breakpoints'], body['breakpoints'], 'without the year before the first is the least');
  const strict = (await preview({ date: '2026-02-01', tiers: { top: 15, high: 14, middle: 13 } })).body;
  t.same(strict['breakpoints'], body['breakpoints']);
  t.equal(Object.values(strict['tiers'] as Record<string, number>).reduce((sum, one) => sum + one), PEOPLE);
  t.ok((strict['tiers'] as { top: number }).top < (body['tiers'] as { top: number }).top);
});

t.test('of few nothing is told that would tell of one, and nothing to whom it is hidden; what cannot be tried is refused by name', async (t) => {
  const { log } = story();
  const few = await (await previewing(t, log, (id) => id < personId(9)))({ date: '2026-02-01' });
  t.same(Object.keys(few.body).sort(), ['asOf', 'complete', 'date', 'fewerThan', 'from', 'looked'], 'nine within reach');
  const preview = await previewing(t, log, (id) => id < personId(10));
  t.match(await preview({ date: '2026-02-01' }), { body: { customers: 10 } }, 'control');
  const { body } = await preview({ date: '2026-02-01' }, 'hidden');
  for (const field of ['customers', 'breakpoints', 'scores', 'tiers']) t.notOk(field in body, field);
  t.match(await preview({ date: '2026-03-01' }), { status: 422, body: { code: 'rfm_month_not_turned', errors: [{ pointer: '/date' }] } });
  for (const [sent, pointer] of [[{ date: '2026-02-02' }, '/date'], [{ date: '2026-02-01', months: 25 }, '/months'], [{ date: '2026-02-01', tiers: { top: 10, high: 10, middle: 3 } }, '/tiers'], [{ date: '2026-02-01', tiers: { middle: 12 } }, '/tiers'], [{ date: '2026-02-01', top: 1 }, '/top']] as const)
    t.match(await preview(sent), { status: 400, body: { errors: [{ pointer }] } }, pointer);
  t.match(await preview({ date: '2026-02-01' }, 'reader'), { status: 403, body: { code: 'permission_missing' } });
});
