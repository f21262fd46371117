import type { Pool } from '../../shared/read-store/pool.js';
import type { BankUnderTest } from './bank-under-test.js';
import type { FullBank } from './full-bank.js';

/** What is asked of a bank before and after its read models were thrown away; a moment is named, so that the answers do not depend on the clock. */
const questionsOf = ({ customers, accounts, holds, movements }: FullBank, asOf: string): string[] => [
  '/v1/customers?limit=200', '/v1/customers?kind=corporate', '/v1/customers?name=wangfang', '/v1/customers?name=%E7%A4%BA%E4%BE%8B', '/v1/customers?phone=13900139000',
  '/v1/customers?phone=13811110001', '/v1/customers?idNumber=110105198802140021', '/v1/customers?product=current-overdraft', '/v1/customers?sort=-registeredAt&limit=2',
  ...customers.flatMap((id) => [`/v1/customers/${id}`, `/v1/customers/${id}?asOf=${asOf}`, `/v1/customers/${id}/history`, `/v1/accounts?customerId=${id}`]),
  '/v1/accounts?limit=200', '/v1/accounts?status=closed', '/v1/accounts?kind=general-ledger&currency=JPY',
  ...accounts.flatMap((id) => [`/v1/accounts/${id}`, `/v1/accounts/${id}/transactions?limit=200`, `/v1/accounts/${id}/holds`]),
  ...holds.map((id) => `/v1/holds/${id}`),
  ...movements.map((id) => `/v1/transfers/${id}`),
  ...customers.flatMap((id) => [`/v1/customers/${id}/statistics/flows?${YEARS}`, `/v1/customers/${id}/balance-sheet`]), `/v1/ledger/statistics/flows?${YEARS}`,
  '/v1/ledger/trial-balance', `/v1/ledger/trial-balance?asOf=${asOf}`, '/v1/ledger/trial-balance?bookedAsOf=2026-01-31',
];

const YEARS = 'from=2021-01&to=2030-12';

/** Status, ETag and body of every answer, byte for byte, by question. */
export async function answersOf({ url, token, client }: BankUnderTest, full: FullBank, asOf: string, after: string): Promise<Record<string, string>> {
  for (const seen of ['/v1/customers?limit=1', '/v1/accounts?limit=1', `/v1/ledger/statistics/flows?${YEARS}`]) await client.get(`${seen}&after=${after}`);
  const answers: Record<string, string> = {};
  for (const question of questionsOf(full, asOf)) {
    const answer = await fetch(`${url}${question}`, { headers: { authorization: `Bearer ${token}` } });
    answers[question] = `${answer.status} ${answer.headers.get('etag') ?? ''} ${await answer.text()}`;
  }
  return answers;
}

/** Every row of every read model as queries see it, as text, by view; without profiles, whose envelopes are never the same twice (`verify` opens them). */
export async function rowsOf(pool: Pool): Promise<Record<string, string[]>> {
  const views = await pool.query<{ view: string }>(`SELECT format('%I.%I', schemaname, viewname) AS view FROM pg_views WHERE schemaname IN ('customers', 'ledger') ORDER BY 1`);
  const rows: Record<string, string[]> = {};
  for (const { view } of views.rows) rows[view] = (await pool.query<{ row: string }>(`SELECT (to_jsonb(v) - 'profile')::text AS row FROM ${view} v ORDER BY 1`)).rows.map(({ row }) => row);
  return rows;
}

/** The index of the ledger's commands, which is made from the log as well. */
export const indexedCommands = async (pool: Pool): Promise<string[]> =>
  (await pool.query<{ row: string }>('SELECT c::text AS row FROM ledger_index.commands c ORDER BY 1')).rows.map(({ row }) => row);
