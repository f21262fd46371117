import type { CurrencyCode } from '../../shared/kernel/money.js';
import type { Columns, RowOf } from '../../shared/read-store/batch.js';
import type { HeldAccount } from './subject.js';

/** Every movement changes an account: a column for each field costs less to write than JSON. */
export const ACCOUNT_COLUMNS = {
  id: 'uuid', customer_id: 'uuid', product: 'text', currency: 'text', opened_at: 'bigint', status: 'text', balance: 'bigint', overdraft_limit: 'bigint', last_movement_at: 'bigint', holds: 'uuid[]',
} as const satisfies Columns;

export type AccountRow = RowOf<typeof ACCOUNT_COLUMNS>;

export const accountRow = (id: string, customerId: string, account: HeldAccount): AccountRow => ({
  id, customer_id: customerId, product: account.product, currency: account.currency, opened_at: account.openedAt, status: account.status, balance: account.balance,
  overdraft_limit: account.overdraftLimit, last_movement_at: account.lastMovementAt, holds: `{${account.holds.join(',')}}`,
});

/** From a row as the database answers it: a bigint comes as a text, and so does an array that was asked for as one. */
export const accountFrom = (row: AccountRow): HeldAccount => ({
  product: row.product as string, currency: row.currency as CurrencyCode, openedAt: Number(row.opened_at), status: row.status as HeldAccount['status'], balance: BigInt(row.balance!),
  overdraftLimit: row.overdraft_limit === null ? null : BigInt(row.overdraft_limit), lastMovementAt: row.last_movement_at === null ? null : Number(row.last_movement_at),
  holds: row.holds === '{}' ? [] : (row.holds as string).slice(1, -1).split(','),
});
