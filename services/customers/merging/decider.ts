import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { FieldChange, Profile } from '../../../shared/events/customers/profile.js';
import { accept, nothing, reject, type Decision, type FieldError } from '../../../shared/kernel/decision.js';
import type { Attempt } from '../../../shared/records/record.js';
import type { ProfileCheck } from '../commands.js';
import { identityOf } from '../identity.js';
import { changed, changesBetween } from '../profile-changes.js';
import type { CustomerCode } from '../rejections.js';
import type { ActiveCustomer, CustomerState } from '../state.js';
import { stricterConsents } from './consents.js';
import { heldBy, identitiesOf, profileOf, withoutLayer } from './layers.js';
import { mergedIds, type UnderWay } from './progress.js';

type MergeDecision = Decision<CustomerEvent, CustomerCode>;
type Refused = Extract<Decision<never, CustomerCode>, { outcome: 'reject' }>;

export interface MergeCustomers {
  readonly mergeId: string;
  /** The survivor. */
  readonly customerId: string;
  /** The record that goes. */
  readonly from: string;
  /** The revision of it that was looked at. */
  readonly fromRevision: number;
  /** Fields of the profile that its value is taken of. */
  readonly take: readonly string[];
  /** Whoever decides says that the two have different ID documents and are one all the same. */
  readonly identitiesDiffer: boolean;
  readonly reason: string;
  readonly evidence?: readonly string[];
  readonly precondition: (revision: bigint) => boolean;
}

export interface UnmergeCustomers {
  readonly customerId: string;
  readonly mergeId: string;
  readonly reason: string;
  readonly evidence?: readonly string[];
  readonly precondition: (revision: bigint) => boolean;
}

/** So many ids stand for one person at most: every read of the person reads as many streams. */
export const MAX_IDS = 50;

/** Why a record cannot take part; in this order. Undefined: it can. */
export function barred(state: CustomerState): Refused | undefined {
  if (state.status === 'absent') return refused('customer_not_found');
  const { mergedInto, underWay } = state.merging;
  if (mergedInto) return refused('customer_merged', `it was merged into customer ${mergedInto.customerId}`);
  if (state.status === 'erased') return refused('customer_erased');
  if (state.erasure) return refused('erasure_under_way');
  if (state.restriction) return refused('customer_restricted');
  return underWay ? refused('merge_under_way') : undefined;
}

/** First step, on the survivor: `other` was read beside it, and the second step finds out whether it is still the same. */
export function decideBeginMerge({ state, revision }: Attempt<CustomerState>, other: Attempt<CustomerState>, command: MergeCustomers, check: ProfileCheck): MergeDecision {
  const { customerId, mergeId, from, fromRevision, take, reason, evidence } = command;
  if (state.status === 'absent') return refused('customer_not_found', `no customer ${customerId}`);
  if (other.state.status === 'absent') return refused('customer_not_found', `no customer ${from}`);
  if (customerId === from) return refused('merge_with_itself');
  const mine = barred(state);
  if (mine?.rejection.code === 'customer_merged') return mine;
  if (!command.precondition(revision)) return refused('if_match_stale', `the record is at revision ${revision}`);
  if (mine) return mine;
  const theirs = barredAt(other, fromRevision);
  if (theirs) return ofOther(theirs, from);
  const [survivor, retired] = [state as ActiveCustomer, other.state as ActiveCustomer];
  if (survivor.kind !== retired.kind) return refused('merge_kinds_differ');
  if (identityOf(survivor.profile) !== identityOf(retired.profile) && !command.identitiesDiffer) return refused('merge_identities_differ');
  if (1 + mergedIds(survivor.merging).length + 1 + mergedIds(retired.merging).length > MAX_IDS) return refused('merge_too_large');
  const absent = take.flatMap((field, index) => ((retired.profile as unknown as Record<string, unknown>)[field] === undefined ? [{ pointer: `/take/${index}`, code: 'absent', detail: 'the other record has no such field' }] : []));
  if (absent.length > 0) return refused('request_invalid', undefined, absent);
  const errors = newFaults(check, changed(survivor.profile, mergeChanges(survivor, retired, take)), [[survivor.profile, (field) => !take.includes(field)], [retired.profile, (field) => take.includes(field)]]);
  if (errors.length > 0) return refused('merge_inconsistent', undefined, errors);
  return accept<CustomerEvent>({ type: 'CustomerMergeBegun', data: { customerId, mergeId, from, fromRevision, take: [...take], decision: { reason, ...evident(evidence) } } });
}

/** Second step, on the record that goes: with its event the two are one. Nothing where they are already. */
export function decideCommitMerge({ state, revision }: Attempt<CustomerState>, customerId: string, { mergeId, from, fromRevision }: Extract<UnderWay, { kind: 'merge' }>): MergeDecision {
  if (state.status !== 'absent' && state.merging.mergedInto?.mergeId === mergeId) return nothing;
  return barredAt({ state, revision }, fromRevision) ?? accept<CustomerEvent>({ type: 'CustomerMerged', data: { customerId: from, mergeId, into: customerId } });
}

/** Third step, on the survivor. Nothing where another has taken it. */
export function decideCompleteMerge(state: CustomerState, customerId: string, other: CustomerState, mergeId: string): MergeDecision {
  if (state.status !== 'active' || other.status !== 'active') return nothing;
  const { underWay } = state.merging;
  if (underWay?.kind !== 'merge' || underWay.mergeId !== mergeId) return nothing;
  const { from, take, reason, evidence } = underWay;
  const changes = mergeChanges(state, other, take);
  return accept<CustomerEvent>({
    type: 'CustomerMergeCompleted',
    data: { customerId, mergeId, from, ids: [from, ...mergedIds(other.merging)], fields: fieldsOf(changes), update: { changes, reason, ...evident(evidence), ...(other.profile.consents && { consents: other.profile.consents }) } },
  });
}

export function decideAbandonMerge(state: CustomerState, customerId: string, mergeId: string, cause: string): MergeDecision {
  if (state.status === 'absent' || state.merging.underWay?.mergeId !== mergeId) return nothing;
  return accept<CustomerEvent>({ type: 'CustomerMergeAbandoned', data: { customerId, mergeId, from: state.merging.underWay.from, cause } });
}

/** The way back, first step. What it leaves must be a record that could stand on its own. */
export function decideBeginUnmerge({ state, revision }: Attempt<CustomerState>, other: CustomerState, command: UnmergeCustomers, check: ProfileCheck): MergeDecision {
  const { customerId, mergeId, reason, evidence } = command;
  const mine = barred(state);
  if (mine && (mine.rejection.code === 'customer_not_found' || mine.rejection.code === 'customer_merged')) return mine;
  if (!command.precondition(revision)) return refused('if_match_stale', `the record is at revision ${revision}`);
  if (mine) return mine;
  const { merging, profile } = state as ActiveCustomer;
  const merge = merging.merges.find(({ id }) => id === mergeId);
  if (!merge || !merging.layers) return refused('merge_not_found');
  if (other.status !== 'active') return refused('customer_erased');
  const layers = withoutLayer(merging.layers, mergeId);
  if (identitiesOf(layers).some((identity) => heldBy(other).includes(identity))) return refused('customer_duplicate', 'by a later change the record has the other one\'s ID document or credit code: change it first');
  const errors = newFaults(check, profileOf(layers), [[profile, () => true], [merging.layers.base, () => true]]);
  if (errors.length > 0) return refused('merge_inconsistent', undefined, errors);
  return accept<CustomerEvent>({ type: 'CustomerUnmergeBegun', data: { customerId, mergeId, from: merge.from, decision: { reason, ...evident(evidence) } } });
}

export function decideCommitUnmerge(state: CustomerState, customerId: string, { mergeId, from }: UnderWay): MergeDecision {
  if (state.status === 'absent' || state.merging.mergedInto?.mergeId !== mergeId) return nothing;
  return accept<CustomerEvent>({ type: 'CustomerUnmerged', data: { customerId: from, mergeId, into: customerId } });
}

export function decideCompleteUnmerge(state: CustomerState, customerId: string, mergeId: string): MergeDecision {
  if (state.status !== 'active') return nothing;
  const { underWay, layers, merges } = state.merging;
  const merge = merges.find(({ id }) => id === mergeId);
  if (underWay?.kind !== 'unmerge' || underWay.mergeId !== mergeId || !layers || !merge) return nothing;
  const { from, reason, evidence } = underWay;
  const changes = changesBetween(state.profile, profileOf(withoutLayer(layers, mergeId)));
  return accept<CustomerEvent>({ type: 'CustomerUnmergeCompleted', data: { customerId, mergeId, from, ids: [...merge.ids], fields: fieldsOf(changes), update: { changes, reason, ...evident(evidence) } } });
}

/** The fields taken as the other record has them; of consents the stricter, whatever is taken. */
function mergeChanges({ profile }: ActiveCustomer, other: ActiveCustomer, take: readonly string[]): FieldChange[] {
  const theirs = other.profile as unknown as Record<string, unknown>;
  const next: Record<string, unknown> = { ...profile, ...Object.fromEntries(take.map((field) => [field, theirs[field]])) };
  const consents = stricterConsents(profile.consents, other.profile.consents);
  if (consents) next['consents'] = consents;
  else delete next['consents'];
  return changesBetween(profile, next as unknown as Profile);
}

/** Faults of a profile, without those that stood in one before where it may have them from there: what was accepted under earlier rules stays. */
function newFaults(check: ProfileCheck, profile: Profile, before: readonly (readonly [Profile, (field: string) => boolean])[]): FieldError[] {
  const checked = check(profile);
  if (!('errors' in checked)) return [];
  const old = new Set(before.flatMap(([earlier, kept]) => {
    const found = check(earlier);
    return 'errors' in found ? found.errors.filter(({ pointer }) => kept(pointer.split('/')[1]!)).map(keyOf) : [];
  }));
  return checked.errors.filter((error) => !old.has(keyOf(error)));
}

function barredAt({ state, revision }: Attempt<CustomerState>, expected: number): Refused | undefined {
  const refusal = barred(state);
  if (refusal?.rejection.code === 'customer_not_found' || refusal?.rejection.code === 'customer_merged') return refusal;
  return revision === BigInt(expected) ? refusal : refused('if_match_stale', `the record is at revision ${revision}`);
}

const ofOther = ({ rejection }: Refused, from: string): Refused => refused(rejection.code, `customer ${from}${rejection.detail === undefined ? '' : `: ${rejection.detail}`}`);
const refused = (code: CustomerCode, detail?: string, errors?: readonly FieldError[]): Refused => reject(code, detail, errors) as Refused;
const fieldsOf = (changes: readonly FieldChange[]): string[] => changes.map(({ field }) => field);
const keyOf = ({ pointer, code }: FieldError): string => `${pointer} ${code}`;
const evident = (evidence: readonly string[] | undefined) => evidence && evidence.length > 0 && { evidence: [...evidence] };
