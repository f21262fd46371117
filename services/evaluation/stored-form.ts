import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import type { Memory, Person, Picks } from './subject.js';

/** How customers stand in Postgres: JSON, where a bigint is a text. */

type StoredMoney = { readonly minor: string; readonly currency: CurrencyCode };
const storedMoney = ({ minor, currency }: Money): StoredMoney => ({ minor: String(minor), currency });
const moneyFrom = ({ minor, currency }: StoredMoney): Money => ({ minor: BigInt(minor), currency });

/** What is not personal of a person. */
export type StoredPerson = Omit<Person, 'profile'>;
export type StoredPicks = Omit<Picks, 'income'> & { readonly income: StoredMoney | null };
export const storedPicks = (picks: Picks): StoredPicks => ({ ...picks, income: picks.income && storedMoney(picks.income) });
export const picksFrom = (stored: StoredPicks): Picks => ({ ...stored, tags: stored.tags ?? null, income: stored.income && moneyFrom(stored.income) });

export type StoredMemory = Readonly<Record<string, Memory>>;
