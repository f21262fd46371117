import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { accept, nothing, reject, type Decision, type FieldError } from '../../shared/kernel/decision.js';
import type { ProfileCheck, RegisterCustomer, UpdateCustomer } from './commands.js';
import { isUnderWay } from './erasure/progress.js';
import { mergePatch, type Json } from './merge-patch.js';
import { changesBetween } from './profile-changes.js';
import { newContacts } from './new-contacts.js';
import type { CustomerCode } from './rejections.js';
import type { CustomerState } from './state.js';
import { normalProfile } from './validation/normal-profile.js';

type CustomerDecision = Decision<CustomerEvent, CustomerCode>;

export function decideRegister(state: CustomerState, { customerId, profile, branch, manager, distinctFrom }: RegisterCustomer): CustomerDecision {
  // The id is derived from the command, so whoever is here already was registered by this very command under an expired key.
  if (state.status !== 'absent') return reject('customer_duplicate');
  const registered: CustomerEvent = {
    type: 'CustomerRegistered',
    data: {
      customerId, kind: profile.kind, profile,
      ...(branch !== undefined && { branch }),
      ...(distinctFrom && distinctFrom.length > 0 && { distinctFrom: [...distinctFrom] }),
    },
  };
  return manager === undefined ? accept<CustomerEvent>(registered) : accept<CustomerEvent>(registered, { type: 'CustomerManagerAssigned', data: { customerId, before: null, after: manager } });
}

/** One event for the fields changed, one for the branch, one for the manager; none where nothing changes. */
export function decideUpdate(state: CustomerState, revision: bigint, command: UpdateCustomer, check: ProfileCheck): CustomerDecision {
  if (state.status === 'absent') return reject('customer_not_found');
  const { mergedInto, underWay } = state.merging;
  if (mergedInto) return reject('customer_merged', `it was merged into customer ${mergedInto.customerId}`);
  if (!command.precondition(revision)) return reject('if_match_stale', `the record is at revision ${revision}`);
  if (state.status === 'erased') return reject('customer_erased');
  if (isUnderWay(state.erasure)) return reject('erasure_under_way');
  if (state.restriction) return reject('customer_restricted');
  if (underWay) return reject('merge_under_way');
  const { customerId, reason, evidence } = command;
  const next = patched(state.profile, command.patch, check);
  if ('errors' in next) return reject('request_invalid', undefined, next.errors);
  const unconfirmed = newContacts(state.profile, next.profile, command.nothingNewIn ?? []);
  if (unconfirmed.length > 0) return reject('contact_unconfirmed', undefined, unconfirmed);
  const changes = changesBetween(state.profile, next.profile);
  const events: CustomerEvent[] = [];
  if (changes.length > 0)
    events.push({
      type: 'CustomerUpdated',
      data: {
        customerId,
        fields: changes.map(({ field }) => field),
        update: { changes, ...(reason !== undefined && { reason }), ...(evidence && evidence.length > 0 && { evidence: [...evidence] }) },
      },
    });
  if (command.branch !== undefined && command.branch !== state.branch)
    events.push({ type: 'CustomerBranchAssigned', data: { customerId, before: state.branch, after: command.branch, ...(reason !== undefined && { reason }) } });
  if (command.manager !== undefined && command.manager !== state.manager)
    events.push({ type: 'CustomerManagerAssigned', data: { customerId, before: state.manager, after: command.manager, ...(reason !== undefined && { reason }) } });
  const [first, ...others] = events;
  return first ? accept<CustomerEvent>(first, ...others) : nothing;
}

function patched(profile: Profile, patch: UpdateCustomer['patch'], check: ProfileCheck): ReturnType<ProfileCheck> {
  if (patch['kind'] !== undefined && patch['kind'] !== profile.kind)
    return { errors: [{ pointer: '/kind', code: 'immutable', detail: 'a person cannot become a company, nor the reverse' }] };
  const checked = check(mergePatch(profile as unknown as Json, patch));
  if (!('errors' in checked)) return checked;
  // What was accepted under earlier rules (a document that has expired since) must not stand in the way of other changes.
  const earlier = check(profile);
  const before = new Set('errors' in earlier ? earlier.errors.map(keyOf) : []);
  const errors = checked.errors.filter((error) => !before.has(keyOf(error)) || patch[error.pointer.split('/')[1]!] !== undefined);
  return errors.length > 0 ? { errors } : { profile: normalProfile(mergePatch(profile as unknown as Json, patch) as unknown as Profile) };
}

const keyOf = ({ pointer, code }: FieldError): string => `${pointer} ${code}`;
