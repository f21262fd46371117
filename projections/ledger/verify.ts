import type { Recorded } from '../../shared/events/definition.js';
import { verifyWith, type Difference, type ReadRows, type Verifier } from '../../shared/read-store/verify.js';
import { accountsVerifier } from './accounts/verify.js';
import { holdsVerifier } from './holds/verify.js';
import { transactionsVerifier } from './transactions/verify.js';
import { trialBalanceVerifier } from './trial-balance/verify.js';

/** The ledger's events in the log's order, up to and including the projection's checkpoint; `query` reads in one repeatable-read transaction. */
export interface VerifyInput {
  readonly events: AsyncIterable<Recorded>;
  readonly query: ReadRows;
}

/** All that the ledger's read model holds, in one reading of the log. */
export const ledgerVerifiers = (read: ReadRows): readonly Verifier[] => [accountsVerifier(read), holdsVerifier(read), transactionsVerifier(read), trialBalanceVerifier(read)];

const verifying = (verifiersOf: (read: ReadRows) => readonly Verifier[]) =>
  ({ events, query }: VerifyInput): AsyncIterable<Difference> => verifyWith(verifiersOf(query), events);

export const verifyAccounts = verifying((read) => [accountsVerifier(read)]);
export const verifyHolds = verifying((read) => [holdsVerifier(read)]);
export const verifyTransactions = verifying((read) => [transactionsVerifier(read)]);
export const verifyTrialBalance = verifying((read) => [trialBalanceVerifier(read)]);
export const verifyLedger = verifying(ledgerVerifiers);
