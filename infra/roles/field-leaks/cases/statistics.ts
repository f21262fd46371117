import type { RouteCase } from '../route-case.js';
import { UNKNOWN } from '../world.js';

const csv = { headers: { accept: 'text/csv' } };
const asJsonAndCsv = (...queries: readonly string[]) => () => queries.flatMap((query) => [{ query }, { query, ...csv }]);
/** The months in which the bank was filled, whenever the walk is made. */
const months = 'from=2021-01&to=2030-12';
const days = 'from=2021-01-01&to=2030-12-31&step=month';

export const statisticsCases: readonly RouteCase[] = [
  ...(['accounts', 'customers'] as const).flatMap((kind): RouteCase[] => {
    const about = { permission: 'accounts.read', targets: (world) => world[kind], unknown: UNKNOWN } as const satisfies Partial<RouteCase>;
    return [
      { route: `GET /v1/${kind}/{id}/statistics/flows`, ...about, requests: asJsonAndCsv(months, 'from=2021-02&to=2021-01') },
      { route: `GET /v1/${kind}/{id}/statistics/balances`, ...about, requests: asJsonAndCsv(days, 'from=2021-01-01&to=2021-01-02') },
    ];
  }),
  { route: 'GET /v1/customers/{id}/balance-sheet', permission: 'accounts.read', targets: ({ customers }) => customers, unknown: UNKNOWN, requests: () => [{}, csv, { query: 'asOf=2020-01-01' }] },
  {
    route: 'GET /v1/ledger/statistics/flows', permission: 'statistics.read', requests: asJsonAndCsv(months, `${months}&branch=SOUTH`),
    asksBy: { branch: { hit: () => 'head-office', along: { from: '2021-01', to: '2030-12' } }, currency: { hit: () => 'CNY', along: { from: '2021-01', to: '2030-12' } } },
  },
];
