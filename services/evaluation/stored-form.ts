import { isCurrency, type CurrencyCode, type Money } from '../../shared/kernel/money.js';
import type { Value } from '../../shared/rules/view.js';
import type { KindOfFact } from './catalogue.js';
import type { CustomerFact, HeldAccount, Memory, Person, Picks } from './subject.js';

/** How customers and facts stand in Postgres: JSON, where a bigint is a text. */

type StoredMoney = { readonly minor: string; readonly currency: CurrencyCode };
const storedMoney = ({ minor, currency }: Money): StoredMoney => ({ minor: String(minor), currency });
const moneyFrom = ({ minor, currency }: StoredMoney): Money => ({ minor: BigInt(minor), currency });
const isMoney = (value: unknown): value is StoredMoney | Money => typeof value === 'object' && value !== null && 'minor' in value && 'currency' in value && isCurrency(String(value.currency));

export type StoredFields = Readonly<Record<string, unknown>>;
const mapped = (fields: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
export const storedFields = (fields: CustomerFact['fields']): StoredFields => mapped(fields, (value) => (isMoney(value) ? storedMoney(value as Money) : value));
export const fieldsFrom = (stored: StoredFields): CustomerFact['fields'] => mapped(stored, (value) => (isMoney(value) ? moneyFrom(value as StoredMoney) : value)) as Record<string, Value>;

export interface FactRow {
  readonly id: string;
  readonly customer_id: string;
  readonly kind: KindOfFact;
  /** Milliseconds since 1970, as bigint columns come. */
  readonly at: string;
  readonly fields: StoredFields;
}

export const factFrom = (row: FactRow): CustomerFact => ({ id: row.id, customerId: row.customer_id, kind: row.kind, at: Number(row.at), fields: fieldsFrom(row.fields) });

export interface StoredAccount extends Omit<HeldAccount, 'balance' | 'overdraftLimit'> {
  readonly balance: string;
  readonly overdraftLimit: string | null;
}

export const storedAccount = ({ balance, overdraftLimit, ...rest }: HeldAccount): StoredAccount => ({ ...rest, balance: String(balance), overdraftLimit: overdraftLimit === null ? null : String(overdraftLimit) });
export const accountFrom = ({ balance, overdraftLimit, ...rest }: StoredAccount): HeldAccount => ({ ...rest, balance: BigInt(balance), overdraftLimit: overdraftLimit === null ? null : BigInt(overdraftLimit) });

/** What is not personal of a person. */
export type StoredPerson = Omit<Person, 'profile'>;
export type StoredPicks = Omit<Picks, 'income'> & { readonly income: StoredMoney | null };
export const storedPicks = (picks: Picks): StoredPicks => ({ ...picks, income: picks.income && storedMoney(picks.income) });
export const picksFrom = (stored: StoredPicks): Picks => ({ ...stored, income: stored.income && moneyFrom(stored.income) });

export type StoredMemory = Readonly<Record<string, Memory>>;
