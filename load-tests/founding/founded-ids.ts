import { createdIdOf } from '../../shared/kernel/ids.js';

/** What a founded bank holds; ids follow from numbers, so nothing needs to be kept of them. */
export interface Founded {
  readonly customers: number;
  readonly accounts: number;
  readonly transactions: number;
}

const FOUNDING = 'b5a1a1b2-52c1-5d0e-8f1d-6d1f0f7f3c11';

export const customerIdOf = (n: number): string => createdIdOf(FOUNDING, `customer-${n}`);
export const accountIdOf = (n: number): string => createdIdOf(FOUNDING, `account-${n}`);
/** Of an account's first deposit. */
export const depositIdOf = (account: number): string => createdIdOf(FOUNDING, `deposit-${account}`);
export const movementIdOf = (n: number): string => createdIdOf(FOUNDING, `movement-${n}`);
/** Whose the n-th account is: the first accounts are of different customers, further ones their second. */
export const ownerOf = (account: number, { customers }: Founded): number => account % customers;
