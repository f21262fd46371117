import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../shared/access/data-classes.js';
import type { Permit, Rights } from '../../shared/access/rights.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { SegmentMembershipEvent } from '../../shared/events/marketing/membership-events.js';
import type { SegmentDefinition, SegmentEvent } from '../../shared/events/marketing/segment-events.js';
import { allEvents, topicOf } from '../../shared/events/registry.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { marketingProjection } from './projection.js';
import { latestStay, reachedAmong, segmentsInForce } from './queries.js';
import { marketingQueryRoutes } from './routes.js';
import { marketingVerifiers } from './verify.js';

type MarketingEvent = SegmentEvent | SegmentMembershipEvent;
const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (minute: number): string => new Date(Date.UTC(2025, 0, 1, 8, minute)).toISOString();
const hash = 'a'.repeat(64);
let revisions: Record<string, number> = {};
let minute = 0;

/** Each event a minute, and a position, after the one before. */
function told(actor: string, type: MarketingEvent['type'], data: object): Recorded<MarketingEvent> {
  const stream = `${'customerId' in data ? 'segmentmembers' : 'segment'}-${(data as { segmentId: string }).segmentId}`;
  minute++;
  return {
    id: id(1_000 + minute), stream, revision: BigInt((revisions[stream] = (revisions[stream] ?? -1) + 1)), position: BigInt(minute), event: { type, data } as MarketingEvent,
    metadata: { commandId: id(2_000 + minute), $correlationId: 'c', $causationId: 'c', actor: { id: actor, role: 'marketer', channel: 'online' }, schemaVersion: 1, recordedAt: at(minute) },
  };
}
const of = (n: number, version: number, actor: string, type: SegmentEvent['type'], more: object = {}) => told(actor, type, { segmentId: id(n), version, ...more });
/** The moment is the event's own. */
const member = (n: number, who: number, way: 'Entered' | 'Left', because = 'rule') =>
  told('segments', `Customer${way}Segment`, { segmentId: id(n), version: 1, customerId: id(500 + who), at: at(minute + 1), cause: id(900 + who), because, trace: 'erased' });
const dynamic: SegmentDefinition = { kind: 'dynamic', name: 'first', tree: { combinator: 'and', rules: [{ list: id(2), operator: 'notIn' }, { attr: 'customer.branch', operator: '=', value: '"list":"x"' }] } };
const list: SegmentDefinition = { kind: 'list', name: 'second' };

const story = (): Recorded<MarketingEvent>[] => {
  revisions = {};
  minute = 0;
  return [
    of(1, 1, 'zhang', 'SegmentDrafted', { definition: list, hash }), of(1, 1, 'zhang', 'SegmentRevised', { definition: dynamic, hash }), of(1, 1, 'zhang', 'SegmentSubmitted', { hash }),
    of(1, 1, 'li', 'SegmentReturned', { reason: 'x' }), of(1, 1, 'zhang', 'SegmentSubmitted', { hash }), of(1, 1, 'li', 'SegmentPublished', { definition: dynamic, hash }),
    of(2, 1, 'zhang', 'SegmentDrafted', { definition: list, hash }), of(2, 1, 'li', 'SegmentPublished', { definition: list, hash }),
    member(1, 1, 'Entered'), member(1, 2, 'Entered'), member(1, 1, 'Left', 'restricted'), member(1, 1, 'Entered'), member(1, 1, 'Left'), member(1, 1, 'Entered'), member(1, 3, 'Entered'), member(2, 1, 'Entered', 'list'), member(1, 2, 'Left'),
    of(1, 1, 'segments', 'SegmentParked', { code: 'rule_invalid', cause: id(9) }), of(1, 1, 'li', 'SegmentResumed'), of(1, 2, 'zhang', 'SegmentDrafted', { definition: { ...dynamic, name: 'next' }, hash }),
    of(1, 2, 'li', 'SegmentPublished', { definition: dynamic, hash }), of(2, 1, 'li', 'SegmentParked', { code: 'rule_invalid', cause: id(9) }), of(2, 1, 'li', 'SegmentWithdrawn', { reason: 'x' }),
  ];
};

t.test('it says of every event of its topic whether it applies it', async (t) => {
  const { topics, handles, ignores } = marketingProjection;
  t.same([...handles, ...ignores].sort(), allEvents.filter(({ module }) => topics.includes(topicOf(module))).map(({ type }) => type).sort());
});

t.test('segments, members by reach and by moment, pages, and verify', skipUnless('postgres'), async (t) => {
  for (const batch of [100, 3, 1]) {
    const database = await readDatabase(t, marketingProjection);
    // What the read model of customers has of them; customer 504 was merged into 502.
    await database.query('create schema customers');
    await database.query('create table customers.customers (id uuid primary key, branch text, manager text, merged_into uuid)');
    for (const [n, branch, manager, into] of [[1, 'B1', 'wu', null], [2, 'B2', null, null], [3, null, null, null], [4, 'B1', 'wu', 2]] as const)
      await database.query('insert into customers.customers values ($1, $2, $3, $4)', [id(500 + n), branch, manager, into === null ? null : id(500 + into)]);
    const events = story();
    for (let from = 0; from < events.length; from += batch) await database.apply(events.slice(from, from + batch));
    t.same(await segmentsInForce(database.store), [{ segment_id: id(1), name: 'next', refers_to: [id(2)] }]);
    t.match(await latestStay(database.store, id(1), id(501)), { entered: 4n + 1n, since: at(14), left: null });
    t.match(await latestStay(database.store, id(1), id(502)), { entered: 1n, since: at(10), left: { at: at(17), revision: 7n, because: 'rule' } });
    t.equal(await latestStay(database.store, id(2), id(502)), undefined);

    let permit: Permit = { scope: 'all' };
    const server = await buildServer({
      modules: [marketingQueryRoutes({ store: database.store, idsOf: async (one) => [one] })], logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true,
      findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
      authenticate: () => ({ id: 'wu', role: 'r', channel: 'counter', rights: { holder: 'wu', permits: new Map([['marketing.read', [permit]]]), views: everythingClear } satisfies Rights }),
    });
    const get = async (path: string) => (await server.inject(`/v1/${path}`)).json();
    const members = async (n: number, query = ''): Promise<number[]> => (await get(`marketing/segments/${id(n)}/members${query}`)).items.map((item: { customer: string }) => Number(item.customer.slice(-12)) - 500);
    t.same(await get(`marketing/segments/${id(1)}/members`), { items: [{ customer: id(501), since: at(14), version: 1, because: 'rule' }, { customer: id(503), since: at(15), version: 1, because: 'rule' }], total: 2 });
    t.same(await Promise.all([8, 10, 11, 12, 13, 16, 17].map((one) => members(1, `?asOf=${at(one)}`))), [[], [1, 2], [2], [1, 2], [2], [1, 2, 3], [1, 3]]);
    const first = await get(`marketing/segments/${id(1)}/members?limit=1`);
    t.same(await members(1, `?limit=1&cursor=${first.nextCursor}`), [3]);
    t.same((await get('marketing/segments')).items.map(({ id: one, kind, versions }: { id: string; kind: string; versions: { status: string }[] }) => [one, kind, versions.map(({ status }) => status)]), [[id(1), 'dynamic', ['superseded', 'published']], [id(2), 'list', ['withdrawn']]]);
    t.same((await get('marketing/segments?status=published&kind=dynamic&limit=1')).items.length, 1);
    t.same((await get(`customers/${id(501)}/segments`)).items.map(({ segment, since }: { segment: string; since: string }) => [segment, since]), [[id(1), at(14)], [id(2), at(16)]]);
    t.same((await get(`customers/${id(501)}/segments?asOf=${at(9)}`)).items.map(({ name, until }: { name: string; until: string }) => [name, until]), [['first', at(11)]]);
    permit = { scope: 'branch', branches: new Set(['B2', 'head-office']) };
    t.same(await members(1), [3]);
    t.same(await members(1, `?asOf=${at(10)}`), [2]);
    permit = { scope: 'portfolio' };
    t.same(await members(1), [1]);
    t.same([...await reachedAmong(database.store, [id(501), id(502), id(504), id(599)], { everything: false, branches: ['B2'] })].sort(), [id(502), id(504)]);
    await server.close();

    const differences = async () => {
      const found = [];
      for await (const one of verifyWith(marketingVerifiers((text, values) => database.query(text, values)), (async function* () { yield* story(); })())) found.push(`${one.kind} ${one.table} ${one.key} ${one.column ?? ''}`.trim());
      return found;
    };
    t.same(await differences(), []);
    await database.query(`update marketing.stays set until = null where segment_id = $1 and entered = 1`, [id(1)]);
    await database.query(`update marketing.segment_versions set name = 'x' where segment_id = $1 and version = 2`, [id(1)]);
    await database.query(`delete from marketing.stays where segment_id = $1`, [id(2)]);
    t.same(await differences(), [`changed marketing.segment_versions ${id(1)}/2 name`, `changed marketing.stays ${id(1)}/1 until`, `missing marketing.stays ${id(2)}/0`]);
  }
});
