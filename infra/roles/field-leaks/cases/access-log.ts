import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const times = { from: { hit: () => '2026-01-01T00:00:00Z' }, to: { hit: () => '2099-01-01T00:00:00Z' } };

export const tellsWhoAsked = { why: 'who asked stands there, customers too, also in vain', of: ({ readers }: World) => readers.flatMap(({ self = [] }) => self) };

export const accessLogCases: readonly RouteCase[] = [
  {
    route: 'GET /v1/customers/{id}/accesses', permission: 'audit.read', tellsIds: tellsWhoAsked, targets: ({ customers }) => customers, unknown: UNKNOWN,
    requests: (_, __, { holder }) => [{}, { query: 'limit=1' }, { query: `actor=${holder}&from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z` }],
  },
  {
    route: 'GET /v1/access-log', permission: 'audit.read', tellsIds: tellsWhoAsked, requests: () => [{ query: 'limit=20' }],
    asksBy: { ...times, actor: { hit: ({ readers }) => readers[0]!.holder }, customer: { hit: ({ customers }) => customers[0]!.id } },
  },
];
