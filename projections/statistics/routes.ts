import type { FastifyReply, FastifyRequest } from 'fastify';
import { reachOf } from '../../shared/access/rights.js';
import { Refusal } from '../../shared/http/context.js';
import { orCsv } from '../../shared/http/csv.js';
import { idParams } from '../../shared/http/id-params.js';
import { aboutParam } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { balanceSeries, type Step } from './balance-series.js';
import { balanceSheet } from './balance-sheet.js';
import { branchFlowReport } from './branch-flow-report.js';
import { balancesTable, branchFlowsTable, flowsTable, sheetTable } from './csv-tables.js';
import { flowReport } from './flow-report.js';
import { accountsOf, balancesOf, branchFlows, flowsOf, netsOf, ownPaymentsOf, type StatedAccount, type Whose } from './queries.js';
import { statisticsRejections } from './rejections.js';
import { balancesQuery, balancesSchema, branchFlowsQuery, branchFlowsSchema, flowsQuery, flowsSchema, sheetQuery, sheetSchema } from './schemas.js';

const tags = ['statistics'];
const projection = 'statistics';
const MOST_ACCOUNTS = 1_000;
const MOST_ROWS = 20_000;

export interface StatisticsQueries {
  readonly store: ReadStore;
  /** Every id of the person who has this one: their accounts are counted together. */
  readonly idsOf: (customerId: string) => Promise<readonly string[]>;
}

export function statisticsRoutes({ store: given, idsOf }: StatisticsQueries): RouteModule {
  const store = onceBuilt(given);

  /** Of a person without accounts: none. */
  async function stated(kind: 'account' | 'customer', id: string): Promise<{ readonly whose: Whose; readonly accounts: readonly StatedAccount[] }> {
    const whose = kind === 'account' ? { account: id } : { customers: await idsOf(id) };
    const accounts = await accountsOf(store, whose, MOST_ACCOUNTS + 1);
    if (kind === 'account' && accounts.length === 0) throw new Refusal({ code: 'account_not_found' });
    if (accounts.length > MOST_ACCOUNTS) throw new Refusal({ code: 'statistics_too_large', detail: `more than ${MOST_ACCOUNTS} accounts: ask by account` });
    return { whose, accounts };
  }
  const idsIn = (accounts: readonly StatedAccount[]) => accounts.map(({ id }) => id);
  const currenciesIn = (accounts: readonly StatedAccount[]) => accounts.map(({ currency }) => currency);

  async function flows(request: FastifyRequest, reply: FastifyReply, kind: 'account' | 'customer', id: string, range: { readonly from: string; readonly to: string }) {
    const { whose, accounts } = await stated(kind, id);
    const { from, to } = range;
    const [rows, own] = await Promise.all([flowsOf(store, idsIn(accounts), from, to), 'customers' in whose ? ownPaymentsOf(store, whose.customers, from, to) : undefined]);
    orCsv(request, reply, `flows-${kind}-${id}-${from}-${to}.csv`, flowsTable);
    return flowReport({ from, to }, currenciesIn(accounts), rows, own);
  }

  async function balances(request: FastifyRequest, reply: FastifyReply, kind: 'account' | 'customer', id: string, { from, to, step = 'day' }: { readonly from: string; readonly to: string; readonly step?: Step | undefined }) {
    const { accounts } = await stated(kind, id);
    const rows = await netsOf(store, idsIn(accounts), from, to);
    orCsv(request, reply, `balances-${kind}-${id}-${from}-${to}.csv`, balancesTable);
    return balanceSeries({ from, to, step }, currenciesIn(accounts), rows);
  }

  return {
    name: 'statistics',
    description: 'Income and expense by month and kind, balances over time and who owes whom; as JSON, or as CSV by Accept: text/csv',
    rejections: statisticsRejections,
    routes(server) {
      for (const [kind, path] of [['account', '/v1/accounts'], ['customer', '/v1/customers']] as const) {
        const config = { projection, alsoCsv: true, access: { permission: 'accounts.read', about: aboutParam(kind) } } as const;
        const of = kind === 'account' ? 'an account' : 'all accounts that a customer owns';

        server.get(`${path}/:id/statistics/flows`, {
          config, schema: { tags, summary: `Income and expense of ${of}, by month and kind`, params: idParams, querystring: flowsQuery, response: { 200: flowsSchema } },
        }, async (request, reply) => flows(request, reply, kind, request.params.id.toLowerCase(), request.query));

        server.get(`${path}/:id/statistics/balances`, {
          config, schema: { tags, summary: `The balance of ${of} over time`, params: idParams, querystring: balancesQuery, response: { 200: balancesSchema } },
        }, async (request, reply) => balances(request, reply, kind, request.params.id.toLowerCase(), request.query));
      }

      server.get('/v1/customers/:id/balance-sheet', {
        config: { projection, alsoCsv: true, access: { permission: 'accounts.read', about: aboutParam('customer') } },
        schema: { tags, summary: 'What the bank owes a customer and is owed by them', params: idParams, querystring: sheetQuery, response: { 200: sheetSchema } },
      }, async (request, reply) => {
        const { asOf } = request.query;
        const id = request.params.id.toLowerCase();
        const { accounts } = await stated('customer', id);
        const sums = await balancesOf(store, idsIn(accounts), asOf);
        orCsv(request, reply, `balance-sheet-${id}${asOf === undefined ? '' : `-${asOf}`}.csv`, sheetTable);
        return { ...(asOf !== undefined && { asOf }), ...balanceSheet(accounts, sums) };
      });

      server.get('/v1/ledger/statistics/flows', {
        config: { projection, alsoCsv: true, access: { permission: 'statistics.read', ofTheBank: true } },
        schema: {
          tags, summary: 'What customers\' accounts took in and gave out, by month, branch, kind and channel', querystring: branchFlowsQuery, response: { 200: branchFlowsSchema },
          description: 'Of the branches within reach; an account without a branch is the head office\'s.',
        },
      }, async (request, reply) => {
        const { from, to, branch, currency } = request.query;
        const { everything, branches } = reachOf(request.principal.rights, 'statistics.read');
        const wanted = branch === undefined ? branches : branches.filter((one) => one === branch);
        const within = everything ? (branch === undefined ? undefined : [branch]) : wanted;
        const rows = await branchFlows(store, { from, to, branches: within, currency }, MOST_ROWS + 1);
        if (rows.length > MOST_ROWS) throw new Refusal({ code: 'statistics_too_large', detail: `more than ${MOST_ROWS} rows: ask for fewer months, one branch or one currency` });
        orCsv(request, reply, `flows-${branch === undefined ? 'bank' : 'branch'}-${from}-${to}.csv`, branchFlowsTable);
        return branchFlowReport({ from, to }, rows);
      });
    },
  };
}

const UNDEFINED_SCHEMA_OR_TABLE = ['3F000', '42P01'];

/** A bank that was founded before there were statistics builds them beside its work, which may take a while. */
const onceBuilt = (store: ReadStore): Pick<ReadStore, 'query'> => ({
  async query(...asked) {
    try {
      return await store.query(...asked);
    } catch (error) {
      if (UNDEFINED_SCHEMA_OR_TABLE.includes((error as { code?: string }).code ?? '')) throw new Refusal({ code: 'read_behind', detail: 'the statistics are being built' });
      throw error;
    }
  },
});
