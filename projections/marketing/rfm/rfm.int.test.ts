import { pino } from 'pino';
import t from 'tap';
import { everythingClear, type Views } from '../../../shared/access/data-classes.js';
import type { Rights } from '../../../shared/access/rights.js';
import type { Recorded } from '../../../shared/events/definition.js';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { verifyWith } from '../../../shared/read-store/verify.js';
import { skipUnless } from '../../../shared/testing/parts.js';
import { readDatabase } from '../../../shared/testing/read-database.js';
import { marketingProjection } from '../projection.js';
import { marketingVerifiers } from '../verify.js';
import { rfmQueryRoutes } from './routes.js';

const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const CNY = (amount: string) => ({ amount, currency: 'CNY' as const });
const none = [null, null, null, null] as [null, null, null, null];
const breakpoints = { recency: [9, 7, 5, 3] as [number, number, number, number], frequency: none, monetary: [{ currency: 'CNY' as const, amounts: none }] };
const rating = { recency: { days: 4, score: 4 }, frequency: { movements: 2, score: 1 }, monetary: { amounts: [CNY('12.50')], score: 1 }, tier: 'low' as const };
const recordedAt = '2026-02-01T00:05:00.000Z';

/** A run of twelve with two customers to a page, of whom the last lapsed; and a second one of one customer, which is not complete. */
function story(): Recorded<RfmEvent>[] {
  const [first, second] = [{ runId: id(901) }, { runId: id(902) }];
  const events: RfmEvent[] = [
    { type: 'RfmRunBegun', data: { ...first, date: '2026-02-01', from: '2025-02-01', at: '2026-02-01T00:00:00.000Z', cause: id(1), customers: 11, breakpoints } },
    ...[0, 2, 4, 6, 8, 10].map((n): RfmEvent => ({ type: 'CustomersRated', data: { ...first, ratings: [n, n + 1].map((who) => ({ customerId: id(500 + who), rating: who === 11 ? null : rating })) } })),
    { type: 'RfmRunCompleted', data: { ...first, rated: 11, lapsed: 1, tiers: { top: 0, high: 0, middle: 0, low: 11 } } },
    { type: 'RfmRunBegun', data: { ...second, date: '2026-03-01', from: '2025-03-01', at: '2026-03-01T00:00:00.000Z', cause: id(2), customers: 1, breakpoints } },
    { type: 'CustomersRated', data: { ...second, ratings: [{ customerId: id(500), rating: { ...rating, tier: 'middle' } }] } },
  ];
  return events.map((event, position) => ({
    id: id(1_000 + position), stream: `rfmrun-${event.data.runId}`, revision: BigInt(position), position: BigInt(position), event,
    metadata: { commandId: event.data.runId, $correlationId: 'c', $causationId: 'c', actor: { id: 'rfm', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt },
  }));
}

t.test('runs, a customer\'s ratings with why, pages, fields, and verify', skipUnless('postgres'), async (t) => {
  for (const batch of [100, 3, 1]) {
    const database = await readDatabase(t, marketingProjection);
    const events = story();
    for (let from = 0; from < events.length; from += batch) await database.apply(events.slice(from, from + batch));
    let views: Views = everythingClear;
    const server = await buildServer({
      // 511 was merged into 500.
      modules: [rfmQueryRoutes({ store: database.store, idsOf: async (one) => (one === id(500) ? [one, id(511)] : [one]) })], logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
      readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
      authenticate: () => ({ id: 'wu', role: 'r', channel: 'counter', rights: { holder: 'wu', permits: new Map([['marketing.read', [{ scope: 'all' }]]]), views } satisfies Rights }),
    });
    const get = async (path: string) => (await server.inject(`/v1/${path}`)).json();
    const march = { id: id(902), date: '2026-03-01', from: '2025-03-01', at: '2026-03-01T00:00:00.000Z', cause: id(2), customers: 1, begunAt: recordedAt };
    t.same(await get('marketing/rfm/runs'), { items: [march, {
      id: id(901), date: '2026-02-01', from: '2025-02-01', at: '2026-02-01T00:00:00.000Z', cause: id(1), customers: 11, begunAt: recordedAt, breakpoints,
      completed: { at: recordedAt, rated: 11, lapsed: 1, tiers: { top: 0, high: 0, middle: 0, low: 11 } },
    }] }, 'of one customer no breakpoints are shown');
    const { nextCursor, ...page } = await get('marketing/rfm/runs?limit=1');
    t.same(page, { items: [march] });
    t.same((await get(`marketing/rfm/runs?limit=1&cursor=${nextCursor}`)).items.map((run: { id: string }) => run.id), [id(901)]);

    const february = { run: id(901), date: '2026-02-01', from: '2025-02-01', breakpoints };
    const said = [
      { customer: id(500), run: id(902), date: '2026-03-01', from: '2025-03-01', rating: { ...rating, tier: 'middle', cell: '411' } },
      { customer: id(511), ...february }, { customer: id(500), ...february, rating: { ...rating, cell: '411' } },
    ];
    t.same(await get(`customers/${id(500)}/rfm`), { items: said });
    const paged: unknown[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const answer: { items: unknown[]; nextCursor?: string } = await get(`customers/${id(500)}/rfm?limit=1${next && `&cursor=${next}`}`);
      paged.push(...answer.items);
      next = answer.nextCursor;
    }
    t.same(paged, said);
    t.same(await get(`customers/${id(599)}/rfm`), { items: [] });
    views = { ...everythingClear, movements: 'hidden' };
    t.same((await get(`customers/${id(510)}/rfm`)).items[0].rating, { recency: { score: 4 }, frequency: { score: 1 }, monetary: { score: 1 }, tier: 'low', cell: '411' }, 'who may not see movements sees the scores alone');
    await server.close();

    const differences = async () => {
      const found = [];
      for await (const one of verifyWith(marketingVerifiers((text, values) => database.query(text, values)), (async function* () { yield* story(); })())) found.push(`${one.kind} ${one.table} ${one.key} ${one.column ?? ''}`.trim());
      return found.sort();
    };
    t.same(await differences(), []);
    await database.query(`update marketing.ratings set rating = null where run_id = $1 and customer_id = $2`, [id(901), id(503)]);
    await database.query(`delete from marketing.ratings where run_id = $1 and customer_id = $2`, [id(901), id(504)]);
    await database.query(`insert into marketing.ratings values ($1, $2, null), ($1, $3, null), ($3, $2, null)`, [id(902), id(400), id(600)]);
    await database.query(`update marketing.rfm_runs set rated = 3 where run_id = $1`, [id(901)]);
    t.same(await differences(), [
      `changed marketing.ratings ${id(901)}/${id(503)} rating`, `changed marketing.rfm_runs ${id(901)} rated`, `extra marketing.ratings ${id(600)}/${id(400)}`, `extra marketing.ratings ${id(902)}/${id(400)}`,
      `extra marketing.ratings ${id(902)}/${id(600)}`, `missing marketing.ratings ${id(901)}/${id(504)}`,
    ]);
  }
});
