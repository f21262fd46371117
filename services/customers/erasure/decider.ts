import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Actor } from '../../../shared/events/definition.js';
import { accept, nothing, reject, type Decision } from '../../../shared/kernel/decision.js';
import type { CustomerCode } from '../rejections.js';
import type { CustomerState } from '../state.js';
import { isUnderWay, peopleOf } from './progress.js';

type ErasureDecision = Decision<CustomerEvent, CustomerCode>;
type Present = Exclude<CustomerState, { status: 'absent' }>;

/** What the ledger and the risk cases know and the law says, asked before the decision. */
export interface Business {
  readonly accountsOpen: boolean;
  /** Somebody is still to find out what a risk case of the customer is about. */
  readonly caseOpen: boolean;
  /** ISO date through which the record must be kept; absent: it need not be kept any more. */
  readonly retainedUntil?: string | undefined;
}

export interface RestrictCustomer {
  readonly customerId: string;
  readonly reason: string;
  readonly until?: string;
}

export interface EraseCustomer {
  readonly customerId: string;
  readonly reason: string;
}

export function decideRestrict(state: CustomerState, command: RestrictCustomer): ErasureDecision {
  const refusal = gone(state);
  if (refusal) return refusal;
  const { restriction, erasure } = present(state);
  if (isUnderWay(erasure)) return reject('erasure_under_way');
  if (restriction) return reject('customer_restricted');
  return accept<CustomerEvent>({ type: 'CustomerRestricted', data: { ...command } });
}

export function decideLiftRestriction(state: CustomerState, { customerId, reason }: EraseCustomer): ErasureDecision {
  const refusal = gone(state);
  if (refusal) return refusal;
  const { restriction, erasure } = present(state);
  if (isUnderWay(erasure)) return reject('erasure_under_way');
  if (!restriction) return reject('customer_not_restricted');
  return accept<CustomerEvent>({ type: 'CustomerRestrictionLifted', data: { customerId, reason } });
}

/** While the record must be kept the answer to the request is a restriction, once; nothing where it is restricted already. */
export function decideRequestErasure(state: CustomerState, { customerId, reason }: EraseCustomer, { accountsOpen, caseOpen, retainedUntil }: Business): ErasureDecision {
  const refusal = gone(state);
  if (refusal) return refusal;
  const { restriction, erasure } = present(state);
  if (erasure) return reject('erasure_under_way');
  if (accountsOpen) return reject('customer_has_open_accounts');
  if (caseOpen) return reject('customer_has_open_case');
  if (retainedUntil === undefined) return accept<CustomerEvent>({ type: 'CustomerErasureRequested', data: { customerId, reason } });
  return restriction ? nothing : accept<CustomerEvent>({ type: 'CustomerRestricted', data: { customerId, reason, until: retainedUntil } });
}

/** Nothing where it was confirmed before: then it goes on from where it is. */
export function decideConfirmErasure(state: CustomerState, customerId: string, actor: Actor, { accountsOpen, caseOpen, retainedUntil }: Business): ErasureDecision {
  const refusal = gone(state);
  if (refusal) return refusal;
  const { erasure } = present(state);
  if (!erasure) return reject('erasure_not_requested');
  if (erasure.step !== 'requested') return nothing;
  if (peopleOf(actor).some((person) => erasure.requestedBy.includes(person))) return reject('second_person_required');
  if (accountsOpen) return reject('customer_has_open_accounts');
  if (caseOpen) return reject('customer_has_open_case');
  if (retainedUntil !== undefined) return reject('retention_not_over', `the record must be kept through ${retainedUntil}`);
  return accept<CustomerEvent>({ type: 'CustomerErasureConfirmed', data: { customerId } });
}

export function decideWithdrawErasure(state: CustomerState, customerId: string): ErasureDecision {
  const refusal = gone(state);
  if (refusal) return refusal;
  const { erasure } = present(state);
  if (!erasure) return reject('erasure_not_requested');
  if (erasure.step !== 'requested') return reject('erasure_under_way');
  return accept<CustomerEvent>({ type: 'CustomerErasureWithdrawn', data: { customerId, cause: 'taken-back' } });
}

/** What comes after a step, once; nothing where another has recorded it meanwhile. */
export function decideStep(state: CustomerState, after: 'confirmed' | 'barred' | 'backed-up', event: CustomerEvent): ErasureDecision {
  return state.status !== 'absent' && state.erasure?.step === after ? accept(event) : nothing;
}

/** Another id of a person who is erased: its own stream tells it too. */
export function decideErasedWith(state: CustomerState, customerId: string): ErasureDecision {
  return state.status === 'absent' || state.erasedAt !== null ? nothing : accept<CustomerEvent>({ type: 'CustomerErased', data: { customerId } });
}

/** Why nothing can be asked for this record; a merged one is restricted and erased with its survivor. */
function gone(state: CustomerState): ErasureDecision | undefined {
  if (state.status === 'absent') return reject('customer_not_found');
  const { mergedInto, underWay } = state.merging;
  if (mergedInto) return reject('customer_merged', `it was merged into customer ${mergedInto.customerId}`);
  // Without its last step it is not over: the key is gone, the record of it is still to come.
  if (state.status === 'erased' && !isUnderWay(state.erasure)) return reject('customer_erased');
  return underWay ? reject('merge_under_way') : undefined;
}

const present = (state: CustomerState): Present => state as Present;
