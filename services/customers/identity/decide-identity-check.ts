import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { IdentityOutcome } from '../../../shared/events/customers/identity-events.js';
import { accept, reject, type Decision } from '../../../shared/kernel/decision.js';
import { isUnderWay } from '../erasure/progress.js';
import type { CustomerCode } from '../rejections.js';
import type { CustomerState } from '../state.js';

export interface RecordIdentityCheck {
  readonly customerId: string;
  readonly checkId: string;
  readonly method: 'registry' | 'face';
  readonly provider: string;
  readonly outcome: IdentityOutcome;
  readonly score?: number;
  readonly reference?: string;
  readonly documents?: readonly string[];
  /** The name and document that were checked; a record that says something else by now was not. */
  readonly checked: string;
}

/** Why a customer's identity cannot be checked, before anybody outside is asked; undefined: it can. */
export function uncheckable(state: CustomerState): CustomerCode | undefined {
  if (state.status === 'absent') return 'customer_not_found';
  if (state.merging.mergedInto) return 'customer_merged';
  if (state.status === 'erased') return 'customer_erased';
  if (isUnderWay(state.erasure)) return 'erasure_under_way';
  if (state.restriction) return 'customer_restricted';
  if (state.merging.underWay) return 'merge_under_way';
  return state.profile.kind === 'individual' ? undefined : 'identity_not_checkable';
}

/** What a check is about: name and ID document. */
export const checkedOf = (state: CustomerState): string =>
  state.status === 'active' && state.profile.kind === 'individual' ? JSON.stringify([state.profile.name, state.profile.idDocument]) : '';

export function decideIdentityCheck(state: CustomerState, { checked, documents, ...check }: RecordIdentityCheck): Decision<CustomerEvent, CustomerCode> {
  const code = uncheckable(state);
  if (code !== undefined) return reject(code);
  if (checkedOf(state) !== checked) return reject('identity_changed');
  return accept<CustomerEvent>({ type: 'IdentityChecked', data: { ...check, ...(documents && { documents: [...documents] }) } });
}
