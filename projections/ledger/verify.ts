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

const verifying = (...verifiers: readonly ((read: ReadRows) => Verifier)[]) =>
  ({ events, query }: VerifyInput): AsyncIterable<Difference> => verifyWith(verifiers.map((verifier) => verifier(query)), events);

export const verifyAccounts = verifying(accountsVerifier);
export const verifyHolds = verifying(holdsVerifier);
export const verifyTransactions = verifying(transactionsVerifier);
export const verifyTrialBalance = verifying(trialBalanceVerifier);
/** All of them in one reading of the log. */
export const verifyLedger = verifying(accountsVerifier, holdsVerifier, transactionsVerifier, trialBalanceVerifier);
