import type { RouteCase } from '../route-case.js';
import { UNKNOWN } from '../world.js';

/** Nothing is published here: it would speak of everybody. What is drafted says nothing of anybody. */
const segment = { targets: () => [], unknown: UNKNOWN, neverGood: 'no segment is there' };
const stale = { 'if-match': '*' };
const write = { permission: 'marketing.write-segments', ...segment } as const;
const publish = { permission: 'marketing.publish-segments', ...segment } as const;
const definition = { kind: 'dynamic', name: 'walk', tree: { attr: 'customer.shoes', operator: '=', value: 1 } };
const preview = (...trees: readonly object[]) => trees.map((tree) => ({ body: { tree } }));
const moments = { asOf: { hit: () => '2099-01-01T00:00:00Z' } };

export const marketingCases: readonly RouteCase[] = [
  { route: 'GET /v1/marketing/segments', permission: 'marketing.read', asksBy: { status: { hit: () => 'published' }, kind: { hit: () => 'dynamic' } } },
  { route: 'GET /v1/marketing/segments/{id}', permission: 'marketing.read', ...segment },
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
  { route: 'POST /v1/marketing/rfm/preview', permission: 'marketing.write-segments', requests: () => [{ body: { date: '2026-01-01' } }, { body: { date: '2026-01-01', months: 1 } }, { body: { date: '2099-01-01' } }] },
  { route: 'GET /v1/marketing/segments/{id}/members', permission: 'marketing.read', targets: () => [{ id: UNKNOWN, owners: [] }], asksBy: moments },
  { route: 'GET /v1/customers/{id}/segments', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN, requests: () => [{}, { query: 'asOf=2099-01-01T00:00:00Z' }] },
  { route: 'GET /v1/customers/{id}/segments/{segmentId}', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN, item: () => UNKNOWN, neverGood: 'no segment is there' },
  { route: 'GET /v1/marketing/rfm/runs', permission: 'marketing.read' },
  { route: 'GET /v1/customers/{id}/rfm', permission: 'marketing.read', targets: ({ customers }) => customers, unknown: UNKNOWN },
];
