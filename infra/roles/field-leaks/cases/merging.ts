import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const doubles = { permission: 'customers.merge', targets: ({ spare, customers }: World) => [{ id: spare.double, owners: customers[0]!.owners }, customers[1]!], unknown: UNKNOWN } as const;
const [anyRevision, stale] = [{ 'if-match': '*' }, { 'if-match': '"999999"' }];
const reason = 'walk';

export const mergingCases: readonly RouteCase[] = [
  { route: 'GET /v1/customers/{id}/merges', permission: 'customers.read', targets: ({ customers }) => customers, unknown: UNKNOWN },
  {
    route: 'POST /v1/customers/{id}/merges', ...doubles,
    requests: ({ spare, customers }) => [
      { body: { from: customers[1]!.id, fromRevision: 0, reason }, headers: stale }, { body: { from: UNKNOWN, fromRevision: 0, reason }, headers: anyRevision }, { body: { from: 'x' } },
      { body: { from: spare.otherDouble, fromRevision: 1, reason, take: ['phones'], identitiesDiffer: true }, headers: { ...anyRevision, 'idempotency-key': 'merge' } },
    ],
  },
  {
    route: 'POST /v1/customers/{id}/merges/{mergeId}/undo', ...doubles, item: ({ spare }) => spare.merge, targets: ({ spare, customers }) => [{ id: spare.merged, owners: customers[0]!.owners }, customers[1]!],
    requests: () => [{ body: { reason }, headers: stale }, { body: { reason }, headers: { ...anyRevision, 'idempotency-key': 'undo' } }, { body: {} }],
  },
];
