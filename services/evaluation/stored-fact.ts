import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import type { Columns, RowOf } from '../../shared/read-store/batch.js';
import type { Value } from '../../shared/rules/view.js';
import { bankCatalogue, type KindOfFact } from './catalogue.js';
import type { CustomerFact } from './subject.js';

/** Facts are most of what is stored: each of their fields has a column of its own, in its narrowest type. */
export const FACT_COLUMNS = {
  id: 'text', customer_id: 'uuid', kind: 'text', at: 'bigint',
  account: 'uuid', counterparty: 'uuid', product: 'text', channel: 'text', currency: 'text', amount: 'bigint', balance: 'bigint',
  movement: 'text', side: 'text', cash: 'boolean', own: 'boolean', account_opened_at: 'bigint', previous_movement_at: 'bigint', limit_use: 'double precision',
} as const satisfies Columns;

type Column = Exclude<keyof typeof FACT_COLUMNS, 'id' | 'customer_id' | 'kind' | 'at'>;
export type FactRow = RowOf<typeof FACT_COLUMNS>;

/** Where a field stands. Money stands in minor units, its currency in `currency`; moments in milliseconds since 1970. */
const PLACES: { readonly [Kind in KindOfFact]: { readonly [Field in keyof (typeof bankCatalogue)['facts'][Kind]['fields']]: Column } } = {
  movement: {
    kind: 'movement', side: 'side', amount: 'amount', balanceAfter: 'balance', channel: 'channel', cash: 'cash', own: 'own', account: 'account', product: 'product',
    counterparty: 'counterparty', accountOpenedAt: 'account_opened_at', previousMovementAt: 'previous_movement_at', limitUse: 'limit_use',
  },
  hold: { amount: 'amount', balance: 'balance', channel: 'channel', account: 'account', product: 'product' },
  'account-opened': { account: 'account', product: 'product', currency: 'currency' },
  'account-closed': { account: 'account', product: 'product', currency: 'currency' },
};

interface Place {
  readonly field: string;
  readonly column: Column;
  readonly type: string;
}

const placesOf = new Map((Object.keys(PLACES) as KindOfFact[]).map((kind) => {
  const fields: Readonly<Record<string, { readonly type: string }>> = bankCatalogue.facts[kind].fields;
  return [kind, Object.entries<Column>(PLACES[kind]).map(([field, column]): Place => ({ field, column, type: fields[field]!.type }))] as const;
}));

const EMPTY = Object.fromEntries(Object.keys(FACT_COLUMNS).map((column) => [column, null])) as Record<keyof FactRow, null>;

export function factRow({ id, customerId, kind, at, fields }: CustomerFact): FactRow {
  const row: Record<keyof FactRow, FactRow[keyof FactRow]> = { ...EMPTY, id, customer_id: customerId, kind, at };
  for (const { field, column, type } of placesOf.get(kind)!) {
    const value = fields[field] ?? null;
    if (type === 'money' && value !== null) {
      const { minor, currency } = value as Money;
      row[column] = minor;
      row.currency = currency;
    } else row[column] = value as FactRow[Column];
  }
  return row;
}

/** From a row as the database answers it: a bigint comes as a text. `once`: gives the same text held once. */
export function factFrom(row: FactRow, once: (text: string) => string = (text) => text): CustomerFact {
  const kind = row.kind as KindOfFact;
  const fields: Record<string, Value> = {};
  for (const { field, column, type } of placesOf.get(kind)!) fields[field] = valueFrom(row[column], type, row.currency as CurrencyCode, once);
  return { id: row.id as string, customerId: once(row.customer_id as string), kind: once(kind) as KindOfFact, at: Number(row.at), fields };
}

function valueFrom(cell: FactRow[Column], type: string, currency: CurrencyCode, once: (text: string) => string): Value {
  if (cell === null) return null;
  if (type === 'money') return { minor: BigInt(cell), currency: once(currency) as CurrencyCode };
  if (type === 'moment') return Number(cell);
  return typeof cell === 'string' ? once(cell) : (cell as Value);
}
