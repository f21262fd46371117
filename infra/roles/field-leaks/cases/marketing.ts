import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

/** Nothing is written or published here: it would speak of everybody. What is there was published before (`derived.ts`). */
const segment = { targets: () => [], unknown: UNKNOWN, neverGood: 'what is there is not changed' };
const ofSegments = { targets: ({ segments }: World) => [segments.dynamic, segments.list], unknown: UNKNOWN };
/** Why persons are in by rule, and companies because they were listed. */
const segmentOf = ({ segments, customers }: World, customer: string): string => (customers.slice(2).some(({ id }) => id === customer) ? segments.list : segments.dynamic).id;
const stale = { 'if-match': '*' };
const write = { permission: 'marketing.write-segments', ...segment } as const;
const publish = { permission: 'marketing.publish-segments', ...segment } as const;
const definition = { kind: 'dynamic', name: 'walk', tree: { attr: 'customer.shoes', operator: '=', value: 1 } };
const preview = (...trees: readonly object[]) => trees.map((tree) => ({ body: { tree } }));
const moments = { asOf: { hit: () => '2099-01-01T00:00:00Z' } };

export const marketingCases: readonly RouteCase[] = [
  { route: 'GET /v1/marketing/segments', permission: 'marketing.read', asksBy: { status: { hit: () => 'published' }, kind: { hit: () => 'dynamic' } } },
  { route: 'GET /v1/marketing/segments/{id}', permission: 'marketing.read', ...ofSegments },
  { route: 'POST /v1/marketing/segments', permission: 'marketing.write-segments', neverGood: 'the walk drafts only what is refused', requests: () => [{ body: definition }] },
  { route: 'PUT /v1/marketing/segments/{id}', ...write, requests: () => [{ body: definition, headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/submission', ...write, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/return', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/publication', ...publish, requests: () => [{ body: { hash: '0'.repeat(64) }, headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/withdrawal', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/resumption', ...publish, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/marketing/segments/{id}/customers', ...write, requests: ({ customers }) => [{ body: { add: customers.map(({ id }) => id) } }] },
  {
    route: 'POST /v1/marketing/segments/preview', permission: 'marketing.write-segments',
    requests: () => preview({ attr: 'customer.kind', operator: '=', value: 'individual' }, { attr: 'customer.income', operator: '>', value: { amount: '1.00', currency: 'CNY' } }, { attr: 'customer.shoes', operator: '=', value: 1 }),
  },
  { route: 'GET /v1/marketing/segments/{id}/members', permission: 'marketing.read', targets: ofSegments.targets, requests: () => [{}, { query: 'limit=1' }], asksBy: moments },
  { route: 'POST /v1/marketing/rfm/preview', permission: 'marketing.write-segments', requests: () => [{ body: { date: '2026-01-01' } }, { body: { date: '2026-01-01', months: 1 } }, { body: { date: '2099-01-01' } }] },
  { route: 'GET /v1/customers/{id}/segments', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN, requests: () => [{}, { query: 'asOf=2099-01-01T00:00:00Z' }] },
  { route: 'GET /v1/customers/{id}/segments/{segmentId}', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN, item: segmentOf },
  { route: 'GET /v1/marketing/rfm/runs', permission: 'marketing.read' },
  { route: 'GET /v1/customers/{id}/rfm', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN },
];
