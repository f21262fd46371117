import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

/** One that has no accounts, within reach of NORTH, and one beyond. */
const ending = { targets: ({ spare, customers }: World) => [{ id: spare.leaving, owners: customers[0]!.owners }, customers[1]!], unknown: UNKNOWN };
const restrict = { permission: 'customers.restrict', ...ending } as const;
const erase = { permission: 'customers.erase', ...ending } as const;
const [anyRevision, stale] = [{ 'if-match': '*' }, { 'if-match': '"999999"' }];
const why = { reason: 'walk' };

export const erasureCases: readonly RouteCase[] = [
  { route: 'GET /v1/customers/{id}/erasure', permission: 'customers.read', targets: ({ customers }) => customers, unknown: UNKNOWN },
  { route: 'POST /v1/customers/{id}/restriction', ...restrict, requests: () => [{ body: why, headers: stale }, { body: why, headers: anyRevision }] },
  { route: 'POST /v1/customers/{id}/restriction/lift', ...restrict, requests: () => [{ body: why, headers: stale }, { body: why, headers: anyRevision }] },
  {
    route: 'POST /v1/customers/{id}/erasure', ...erase,
    requests: () => [{ body: why, headers: stale }, { body: why, headers: anyRevision }, { body: {} }],
  },
  { route: 'POST /v1/customers/{id}/erasure/confirmation', ...erase, neverGood: 'this bank has no escrow', requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'POST /v1/customers/{id}/erasure/withdrawal', ...erase, neverGood: 'nothing was requested', requests: () => [{ headers: stale }, { headers: anyRevision }] },
  { route: 'POST /v1/customers/{id}/erasure/openings', ...erase, neverGood: 'nobody was erased', requests: () => [{ body: { caseNumber: '2026-1', purpose: 'court-order' } }, { body: {} }] },
  { route: 'POST /v1/customers/{id}/erasure/openings/{openingId}/approval', ...erase, neverGood: 'nobody was erased' },
];
