import { mergedIds } from '../../services/customers/merging/progress.js';
import { customerRecord, type CustomerState } from '../../services/customers/state.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { StoreFailure, type StoredEvent } from '../../shared/event-store/port.js';
import { evolveAccount, touches, type AccountRecord } from './account-record.js';
import { changesBetween, type Change } from './changes.js';
import { isAfter, type Moment } from './moment.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';

/** Whose history is asked for. */
export interface Subject {
  readonly kind: 'customer' | 'account';
  readonly id: string;
}

/** One event of the subject with the record as it was then left. */
export interface Step {
  readonly recorded: Recorded;
  /** Undefined while the subject is not there yet. */
  readonly record: object | undefined;
  readonly changes: readonly Change[];
}

/** The subject's whole history from the log alone, opened as far as the keys allow. */
export async function* stepsOf(records: BankRecords, { kind, id }: Subject): AsyncIterable<Step> {
  const steps = kind === 'customer' ? customerSteps(records, id) : accountSteps(records, id);
  let before: object | undefined;
  for await (const { recorded, record } of steps) {
    yield { recorded, record, changes: changesBetween(before, record) };
    before = record;
  }
}

/** The subject's record at a moment (now where absent); undefined when it was not there yet. */
export async function recordAt(records: BankRecords, subject: Subject, moment?: Moment): Promise<object | undefined> {
  let found: object | undefined;
  for await (const { recorded, record } of stepsOf(records, subject)) {
    if (moment && isAfter(recorded, moment)) break;
    found = record;
  }
  return found;
}

async function* customerSteps(records: BankRecords, id: string) {
  let state: CustomerState = customerRecord.initial;
  for await (const stored of eventsOf(records, `customer-${id}`)) {
    const recorded = (await opened(records, stored)) as Recorded<CustomerEvent>;
    state = customerRecord.evolve(state, recorded.event, recorded);
    yield { recorded, record: state.status === 'absent' ? undefined : recordOf(state) };
  }
}

/** What a record is, without what only commands need; with whom it is one person is told by ids. */
function recordOf({ lapsedClaims: _, merging: { mergedInto, merges }, ...record }: Exclude<CustomerState, { status: 'absent' }>): object {
  return { ...record, ...(mergedInto && { mergedInto: mergedInto.customerId }), ...(merges.length > 0 && { mergedIds: mergedIds({ merges }) }) };
}

/** None where there is no such stream. */
async function* eventsOf({ log }: BankRecords, stream: string): AsyncIterable<StoredEvent> {
  try {
    yield* selectEvents(log, { stream }, 'reading the customer');
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
}

/** The ledger's streams are read whole: one stream holds all accounts of a shard, and an audit trusts no index. */
async function* accountSteps(records: BankRecords, id: string) {
  let record: AccountRecord | undefined;
  for await (const stored of selectEvents(records.log, {}, 'reading the ledger')) {
    if (!stored.stream.startsWith('ledger-') || !touches({ type: stored.type, data: stored.data } as LedgerEvent, id)) continue;
    const recorded = (await opened(records, stored)) as Recorded<LedgerEvent>;
    record = evolveAccount(record, recorded, id);
    yield { recorded, record };
  }
}

const opened = async ({ codec }: BankRecords, stored: StoredEvent): Promise<Recorded> => (await codec.read([stored], { open: true }))[0]!;
