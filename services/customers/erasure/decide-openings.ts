import type { BackupPurpose } from '../../../shared/events/customers/erasure-events.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Actor } from '../../../shared/events/definition.js';
import { accept, nothing, reject, type Decision } from '../../../shared/kernel/decision.js';
import type { CustomerCode } from '../rejections.js';
import type { CustomerState } from '../state.js';
import { peopleOf } from './progress.js';

type OpeningDecision = Decision<CustomerEvent, CustomerCode>;

export interface RequestOpening {
  readonly customerId: string;
  readonly openingId: string;
  readonly caseNumber: string;
  readonly purpose: BackupPurpose;
}

export interface NamedOpening {
  readonly customerId: string;
  readonly openingId: string;
}

export function decideRequestOpening(state: CustomerState, command: RequestOpening): OpeningDecision {
  if (state.status === 'absent') return reject('customer_not_found');
  if (!hasBackup(state)) return reject('backup_not_there');
  return accept<CustomerEvent>({ type: 'CustomerBackupOpeningRequested', data: { ...command } });
}

/** Nothing where it was approved before. */
export function decideApproveOpening(state: CustomerState, { customerId, openingId }: NamedOpening, actor: Actor): OpeningDecision {
  if (state.status === 'absent') return reject('customer_not_found');
  const opening = state.erasure?.openings[openingId];
  if (!opening) return reject('opening_not_found');
  if (opening.approvedAt !== undefined) return nothing;
  if (peopleOf(actor).some((person) => opening.requestedBy.includes(person))) return reject('second_person_required');
  if (!hasBackup(state)) return reject('backup_not_there');
  return accept<CustomerEvent>({ type: 'CustomerBackupOpeningApproved', data: { customerId, openingId } });
}

/** Told before anything of the backup is shown; each approval is good for one opening. */
export function decideOpened(state: CustomerState, { customerId, openingId }: NamedOpening): OpeningDecision {
  if (state.status === 'absent') return reject('customer_not_found');
  const opening = state.erasure?.openings[openingId];
  if (!opening) return reject('opening_not_found');
  if (opening.approvedAt === undefined) return reject('opening_not_approved');
  if (opening.openedAt !== undefined) return reject('opening_used');
  if (!hasBackup(state)) return reject('backup_not_there');
  return accept<CustomerEvent>({ type: 'CustomerBackupOpened', data: { customerId, openingId } });
}

/** Nothing where it was destroyed before, or its time is not over: `today` is the bank's date. */
export function decideDestroyBackup(state: CustomerState, customerId: string, today: string): OpeningDecision {
  return isOver(state, today) ? accept<CustomerEvent>({ type: 'CustomerBackupDestroyed', data: { customerId } }) : nothing;
}

export const isOver = (state: CustomerState, today: string): boolean => hasBackup(state) && state.erasure!.backup!.keptUntil < today && state.status === 'erased';

function hasBackup(state: CustomerState): state is Exclude<CustomerState, { status: 'absent' }> {
  return state.status !== 'absent' && state.erasure?.backup !== undefined && state.erasure.backup.destroyedAt === undefined;
}
