import { batchStatement, insertBatch, type Columns, type RowOf, type Statement, type Statements } from '../../../shared/read-store/batch.js';
import type { Sum, Sums } from './fold.js';

const line = { currency: 'text', kind: 'text', product: 'text', normal_side: 'text', shard: 'int', debit: 'numeric', credit: 'numeric', accounts: 'int' } as const;

interface SumTable {
  readonly name: string;
  readonly columns: Columns;
  readonly text: string;
}

const sumTable = (name: string, bucket: string, type: string): SumTable => {
  const columns: Columns = { [bucket]: type, ...line };
  const text = `${insertBatch(name, columns)} on conflict (${bucket}, currency, kind, product, normal_side, shard)
    do update set debit = ${name}.debit + excluded.debit, credit = ${name}.credit + excluded.credit, accounts = ${name}.accounts + excluded.accounts`;
  return { name, columns, text };
};

const bookedDays = sumTable('booked_days', 'booked_on', 'date');
const recordedDays = sumTable('recorded_days', 'recorded_on', 'date');
const recordedMinutes = sumTable('recorded_minutes', 'recorded_in', 'timestamptz');

export function* sumStatements(sums: Sums): Statements {
  yield add(bookedDays, sums.bookedDays);
  yield add(recordedDays, sums.recordedDays);
  yield add(recordedMinutes, sums.recordedMinutes);
}

function add({ name, columns, text }: SumTable, sums: Iterable<Sum>): Statement | undefined {
  const bucketColumn = Object.keys(columns)[0]!;
  const rows: RowOf<Columns>[] = [];
  for (const { bucket, line, shard, debit, credit, accounts } of sums)
    rows.push({
      [bucketColumn]: bucket, currency: line.currency, kind: line.kind, product: line.product, normal_side: line.normalSide, shard, debit, credit, accounts,
    });
  return batchStatement(`ledger_${name}_add`, text, columns, rows);
}
