import { verifyCustomers } from '../../projections/customers/verify.js';
import { verifyLedger } from '../../projections/ledger/verify.js';
import { partitionOf } from '../../shared/event-bus/partitions.js';
import type { Recorded } from '../../shared/events/definition.js';
import { withTransaction, type PoolClient } from '../../shared/read-store/pool.js';
import type { Difference, ReadRows } from '../../shared/read-store/verify.js';
import { topicOf } from '../roles/parts.js';
import type { Finding } from './finding.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';

interface VerifiedProjection {
  readonly name: string;
  readonly verify: (input: { events: AsyncIterable<Recorded>; query: ReadRows; records: BankRecords }) => AsyncIterable<Difference>;
}

const PROJECTIONS: readonly VerifiedProjection[] = [
  { name: 'customers', verify: ({ events, query, records }) => verifyCustomers({ events, query, vault: records.vault }) },
  { name: 'ledger', verify: verifyLedger },
];

/**
 * Every row of every live read model against what the log makes it, at the very position that each of its lanes has reached: rows and lanes are
 * read in one repeatable-read transaction, so the bank may go on meanwhile.
 */
export async function* verifyReadModels(records: BankRecords): AsyncIterable<Finding> {
  for (const projection of PROJECTIONS) yield* await withTransaction(records.readPool, (client) => verifyOne(records, projection, client));
}

async function verifyOne(records: BankRecords, { name, verify }: VerifiedProjection, client: PoolClient): Promise<Finding[]> {
  await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const query: ReadRows = async (text, values, statement) =>
    (await client.query({ text, ...(values && { values: [...values] }), ...(statement !== undefined && { name: statement }) })).rows;
  const lanes = await liveLanes(query, name);
  if (!lanes) return [{ code: 'read_model_missing', where: name, detail: 'there is no live build; start the bank and let it catch up' }];
  const findings: Finding[] = lanes.parked.map((stream) => ({ code: 'stream_parked', where: `${name} ${stream}`, detail: 'its events are set aside and not in the read model' }));
  for await (const difference of verify({ events: eventsUpTo(records, lanes, name), query, records })) findings.push(findingOf(difference));
  return findings;
}

interface Lanes {
  /** Positions by topic, in order of the partitions. */
  readonly positions: ReadonlyMap<string, readonly bigint[]>;
  readonly parked: readonly string[];
}

async function liveLanes(query: ReadRows, projection: string): Promise<Lanes | undefined> {
  const there = await query<{ found: boolean }>(`SELECT to_regclass('projector.lanes') IS NOT NULL AS found`);
  if (!there[0]?.found) return undefined;
  const rows = await query<{ topic: string; position: string }>(
    `SELECT topic, position FROM projector.lanes JOIN projector.builds b USING (projection, build) WHERE projection = $1 AND b.state = 'live' ORDER BY topic, partition`, [projection]);
  if (rows.length === 0) return undefined;
  const positions = new Map<string, bigint[]>();
  for (const { topic, position } of rows) positions.set(topic, [...(positions.get(topic) ?? []), BigInt(position)]);
  const parked = await query<{ stream: string }>(
    `SELECT DISTINCT stream FROM projector.parked JOIN projector.builds b USING (projection, build) WHERE projection = $1 AND b.state = 'live' ORDER BY stream`, [projection]);
  return { positions, parked: parked.map(({ stream }) => stream) };
}

/** What the projection had been given when it was looked at: of each stream, the events up to its lane's position. */
async function* eventsUpTo({ log, codec }: BankRecords, { positions }: Lanes, name: string): AsyncIterable<Recorded> {
  for await (const stored of selectEvents(log, {}, `verifying ${name}`)) {
    const lanes = positions.get(topicOf(stored));
    if (lanes && stored.position <= lanes[partitionOf(stored.stream, lanes.length)]!) yield (await codec.read([stored], { open: false }))[0]!;
  }
}

function findingOf({ table, key, kind, column, expected, found }: Difference): Finding {
  const detail = kind === 'changed' ? `${column}: the log makes it ${expected ?? 'null'}, the row has ${found ?? 'null'}` : kind === 'missing' ? 'the row is missing' : 'the log knows no such row';
  return { code: `row_${kind}`, where: `${table} ${key}`, detail };
}
