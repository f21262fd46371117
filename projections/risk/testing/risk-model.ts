import type { Recorded } from '../../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { readDatabase } from '../../../shared/testing/read-database.js';
import { riskProjection } from '../projection.js';

export const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const AT = '2025-01-01T08:00:00.000Z';

/** The read model alone, with lanes that move when the test says so. Cases 1 and 2, of customers at B1 and B2, are open at position 2. */
export async function riskModel(t: { teardown(handler: () => unknown): void }) {
  const database = await readDatabase(t, riskProjection);
  for (const statement of [
    'create schema customers', 'create table customers.customers (id uuid primary key, branch text, manager text, merged_into uuid)', 'create schema projector',
    'create table projector.builds (projection text, build int, state text)', 'create table projector.lanes (projection text, build int, lane text, position bigint)',
    `insert into projector.builds values ('risk', 1, 'live')`, `insert into projector.lanes values ('risk', 1, 'a', 0), ('risk', 1, 'b', 0)`,
    `insert into customers.customers values ('${id(501)}', 'B1', null, null), ('${id(502)}', 'B2', null, null)`,
  ]) await database.query(statement);
  const revisions = new Map<number, number>();
  const told = (n: number, position: number, type: RiskCaseEvent['type'], more: object = {}): Recorded<RiskCaseEvent> => {
    revisions.set(n, (revisions.get(n) ?? -1) + 1);
    return {
      id: id(position), stream: `riskcase-${id(n)}`, revision: BigInt(revisions.get(n)!), position: BigInt(position), event: { type, data: { caseId: id(n), customerId: id(500 + n), round: 1, ...more } } as RiskCaseEvent,
      metadata: { commandId: id(position), $correlationId: 'c', $causationId: 'c', actor: { id: 'risk', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt: AT },
    };
  };
  const alert = (n: number, position: number, muted = false, severity = 'high') => told(n, position, 'AlertRaised', {
    alertId: id(position), ruleId: id(41), ruleVersion: 1, kind: 'structuring', severity, at: AT, cause: id(position), accounts: [id(800 + n)], evidence: [], trace: 'erased', muted,
  });
  const lanes = (a: number, b: number) => database.query(`update projector.lanes set position = case lane when 'a' then $1::bigint else $2::bigint end`, [a, b]);
  await database.apply([1, 2].map((n) => told(n, n, 'RiskCaseOpened', { kind: 'structuring', severity: 'high' })));
  await lanes(2, 2);

  const store: ReadStore = {
    ...database.store,
    waitFor: async (_projection, position) => eventually(async () => {
      const [row] = await database.query<{ reached: string }>('select min(position) as reached from projector.lanes');
      return BigInt(row!.reached) >= position;
    }, { deadlineMs: 1_000 }).catch(() => false),
  };
  return { database, store, told, alert, lanes };
}
