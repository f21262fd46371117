import { validate as isUuid } from 'uuid';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import { readable } from '../../shared/events/personal.js';
import { profileSchema, type Profile } from '../../shared/events/customers/profile.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { CommandContext } from '../../shared/http/context.js';
import { RequestInvalid, validate, withChecks } from '../../shared/http/validation.js';
import { createRecords, type Executed } from '../../shared/records/record.js';
import type { ProfileCheck, RegisterCustomer, UpdateCustomer } from './commands.js';
import { decideRegister, decideUpdate } from './decider.js';
import { refuseProbableDuplicates, searchProbableDuplicates, type FindProbableDuplicates } from './duplicates.js';
import { createIdentityGuard, type Claims } from './identity-guard.js';
import { identityOf } from './identity.js';
import { createMerges, type Merges } from './merging/merges.js';
import { changed } from './profile-changes.js';
import { customerRecord } from './state.js';
import { normalProfile } from './validation/normal-profile.js';
import { profileFaults } from './validation/profile-faults.js';

export interface CustomersOptions {
  readonly store: EventStore;
  readonly codec: Codec;
  /** Keys the buckets of identities: `vault.secret('search')`. */
  readonly secret: Buffer;
  readonly findProbableDuplicates: FindProbableDuplicates;
  /** Told when the read model could not be asked for duplicates. */
  readonly onDuplicateSearchSkipped: (why: unknown) => void;
  /** Which of these are no documents of the customer, or have no content any more; each is named as evidence. */
  readonly missingDocuments: (customerId: string, documentIds: readonly string[]) => Promise<readonly string[]>;
  /** IANA zone of the bank: what "today" is. */
  readonly timeZone: string;
}

export interface Registration extends Omit<RegisterCustomer, 'distinctFrom'> {
  readonly notDuplicateOf?: 'any' | readonly string[];
}

/** The module's commands, for routes and imports alike. */
export interface Customers extends Merges {
  register(registration: Registration, context: CommandContext): Promise<Executed>;
  update(command: UpdateCustomer, context: CommandContext): Promise<Executed>;
}

export function createCustomers({ store, codec, secret, findProbableDuplicates, onDuplicateSearchSkipped, missingDocuments, timeZone }: CustomersOptions): Customers {
  const records = createRecords({ store, codec });
  const guard = createIdentityGuard({ store, codec, records, secret });
  const today = todayIn(timeZone);

  /** A reference that has the form of a document's id must be one of this customer; any other is of papers that are kept elsewhere. */
  async function refuseUnknownDocuments({ customerId, evidence = [] }: UpdateCustomer): Promise<void> {
    const ids = evidence.map((reference) => reference.toLowerCase());
    const missing = await missingDocuments(customerId, ids.filter((id) => isUuid(id)));
    if (missing.length === 0) return;
    throw new RequestInvalid(ids.flatMap((id, index) => (missing.includes(id) ? [{ pointer: `/evidence/${index}`, code: 'document_unknown', detail: 'the customer has no such document' }] : [])));
  }

  return {
    ...createMerges({ records, guard, checkAt: (at) => profileCheck(today(at)) }),

    register({ notDuplicateOf, ...registration }, context) {
      const { customerId } = registration;
      const profile = normalProfile(registration.profile);
      const identity = identityOf(profile);
      const ruledOut = Array.isArray(notDuplicateOf) ? notDuplicateOf : [];
      const command: RegisterCustomer = { ...registration, profile, ...(ruledOut.length > 0 && { distinctFrom: ruledOut }) };
      // Neither needs the other, nor the customer's own stream, which is read meanwhile.
      let looked: Promise<Claims> | undefined = soon(guard.look(identity));
      let searched = notDuplicateOf === 'any' ? undefined : searchProbableDuplicates(findProbableDuplicates, profile);
      return records.execute(customerRecord, customerId, context, ({ state }) => decideRegister(state, command), {
        // Without an idempotency key the id is new; with one it may have been registered by this very command.
        idIsNew: !context.repeatable,
        async beforeAppend({ state }) {
          const attempt = { identity, customerId, state, context };
          const seen = await (looked ?? guard.look(identity));
          looked = undefined;
          await guard.refuseTaken(seen, attempt);
          const search = await searched;
          searched = undefined;
          if (search && 'skipped' in search) onDuplicateSearchSkipped(search.skipped);
          else if (search) refuseProbableDuplicates(search.candidates, customerId, ruledOut);
          await guard.claim(seen, attempt);
        },
      });
    },

    update(command, context) {
      const { customerId } = command;
      const check = profileCheck(today(context.at));
      return records.execute(customerRecord, customerId, context, ({ state, revision }) => decideUpdate(state, revision, command, check), {
        async beforeAppend({ state }, events) {
          await refuseUnknownDocuments(command);
          const identity = state.status === 'active' ? newIdentity(state.profile, events) : undefined;
          if (identity !== undefined) await guard.claim(await guard.look(identity), { identity, customerId, state, context });
        },
      });
    },
  };
}

/** Of a promise that may not come to be awaited: its failure then is nobody's. */
function soon<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** The identity that the events give the customer, where it is another than before. */
function newIdentity(profile: Profile, events: readonly CustomerEvent[]): string | undefined {
  const before = identityOf(profile);
  for (const event of events)
    if (event.type === 'CustomerUpdated' && readable(event.data.update)) {
      const after = identityOf(changed(profile, event.data.update.changes));
      if (after !== before) return after;
    }
  return undefined;
}

const profileCheck = (today: string): ProfileCheck => {
  const schema = withChecks(profileSchema.clone(), (candidate) => profileFaults(candidate, today));
  return (candidate) => {
    const result = validate(schema, candidate);
    return 'errors' in result ? result : { profile: normalProfile<Profile>(result.value) };
  };
};

/** The date in a time zone, ISO. */
export function todayIn(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
}
