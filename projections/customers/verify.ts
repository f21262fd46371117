import type { Vault } from '../../shared/crypto/vault.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { verifyWith, type Difference, type ReadRows, type Verifier } from '../../shared/read-store/verify.js';
import { createSearchTerms } from './search-terms.js';
import { holdersVerifier } from './verify-holders.js';
import { profilesVerifier } from './verify-profiles.js';

export interface CustomersVerification {
  /** Reads in one repeatable-read transaction. */
  readonly query: ReadRows;
  readonly vault: Vault;
  /** A stream's events as stored, from its first, up to the read model's checkpoint. */
  readonly eventsOf: (stream: string) => AsyncIterable<StoredEvent>;
}

/** Tells the customers' story a second time from the log, and whose account is whose. */
export async function customersVerifiers({ query, vault, eventsOf }: CustomersVerification): Promise<readonly Verifier[]> {
  const terms = createSearchTerms(await vault.secret('search'));
  return [profilesVerifier({ read: query, vault, terms, eventsOf }), holdersVerifier(query, terms)];
}

/** `events`: those of the log up to each lane's position, sealed as they stand in it. */
export async function* verifyCustomers({ events, ...input }: CustomersVerification & { readonly events: AsyncIterable<Recorded> }): AsyncGenerator<Difference> {
  yield* verifyWith(await customersVerifiers(input), events);
}
