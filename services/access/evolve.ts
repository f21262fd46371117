import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';
import { emptyState, isAhead, type AccessState, type Branch, type Client, type Role, type Staff } from './state.js';
import { skeletonOf } from './username.js';

type Of<T> = T extends ReadonlyMap<infer Key, infer Value> ? Map<Key, Value> : never;
type Draft = { -readonly [Key in keyof AccessState]: Of<AccessState[Key]> };

/** The state after these events. Copies once for all of them: a bank's whole administration is folded at every start. */
export function evolveAll(state: AccessState, recorded: readonly Recorded<AdministrationEvent>[]): AccessState {
  const draft: Draft = {
    branches: new Map(state.branches), roles: new Map(state.roles), staff: new Map(state.staff), clients: new Map(state.clients),
    approvalRules: new Map(state.approvalRules), usernames: new Map(state.usernames), subjects: new Map(state.subjects),
  };
  for (const one of recorded) apply(draft, one.event, one);
  return draft;
}

/** The bank's one record of who there is: stream "access-bank". */
export const accessRecord = defineRecord<AccessState, AdministrationEvent>({
  name: 'access',
  initial: emptyState,
  evolve: (state, event, recorded) => evolveAll(state, [{ ...recorded, event }]),
});
export const BANK = 'bank';
export const ACCESS_STREAM = `${accessRecord.name}-${BANK}`;

function apply(draft: Draft, event: AdministrationEvent, { revision, metadata }: Pick<Recorded, 'revision' | 'metadata'>): void {
  const at = metadata.recordedAt;
  const branch = (code: string, change: Partial<Branch>): void => revise(draft.branches, code, revision, change);
  const role = (name: string, change: Partial<Role>): void => revise(draft.roles, name, revision, change);
  const staff = (id: string, change: (known: Staff) => Partial<Staff>): void => revise(draft.staff, id, revision, change);
  const client = (id: string, change: (known: Client) => Partial<Client>): void => revise(draft.clients, id, revision, change);
  switch (event.type) {
    case 'BranchOpened':
      return void draft.branches.set(event.data.branch, { title: event.data.title, parent: event.data.parent ?? null, status: 'open', revision });
    case 'BranchRenamed':
      return branch(event.data.branch, { title: event.data.after });
    case 'BranchMoved':
      return branch(event.data.branch, { parent: event.data.after });
    case 'BranchClosed':
      return branch(event.data.branch, { status: 'closed' });
    case 'RoleDefined':
    case 'RoleChanged': {
      const { role: name, ...text } = event.data;
      return void draft.roles.set(name, { ...text, status: 'current', revision });
    }
    case 'RoleRetired':
      return role(event.data.role, { status: 'retired' });
    case 'StaffHired': {
      const { staffId, username, person } = event.data;
      draft.usernames.set(skeletonOf(username), staffId);
      return void draft.staff.set(staffId, { username, person, branch: event.data.branch, status: 'active', hiredAt: at, assignments: [], grants: [], actAs: [], revision });
    }
    case 'StaffDetailsChanged':
      return staff(event.data.staffId, () => ({ person: event.data.person }));
    case 'StaffUsernameChanged':
      draft.usernames.set(skeletonOf(event.data.after), event.data.staffId);
      return staff(event.data.staffId, () => ({ username: event.data.after }));
    case 'StaffTransferred': {
      const { staffId, after, assignments: moved } = event.data;
      return staff(staffId, ({ assignments }) => ({ branch: after, assignments: assignments.map((one) => (moved.includes(one.assignmentId) ? { ...one, branch: after } : one)) }));
    }
    case 'StaffSuspended':
      return staff(event.data.staffId, () => ({ status: 'suspended', actAs: [] }));
    case 'StaffReinstated':
      return staff(event.data.staffId, () => ({ status: 'active' }));
    case 'StaffLeft':
      unlink(draft, event.data.staffId);
      return staff(event.data.staffId, () => ({ status: 'left', assignments: [], grants: [], actAs: [] }));
    case 'OidcSubjectLinked': {
      const { staffId, issuer, subjectDigest: digest } = event.data;
      unlink(draft, staffId);
      draft.subjects.set(digest, staffId);
      return staff(staffId, () => ({ subject: { issuer, digest, linkedAt: at } }));
    }
    case 'OidcSubjectUnlinked':
      unlink(draft, event.data.staffId);
      return staff(event.data.staffId, () => ({}));
    case 'RoleAssigned': {
      const { staffId, until = null, ...assignment } = event.data;
      return staff(staffId, ({ assignments }) => ({ assignments: [...ahead(assignments, at), { ...assignment, until }] }));
    }
    case 'AssignmentEnded':
      return staff(event.data.staffId, ({ assignments }) => ({ assignments: assignments.filter(({ assignmentId }) => assignmentId !== event.data.assignmentId) }));
    case 'TemporaryGrantGiven': {
      const { staffId, ...grant } = event.data;
      return staff(staffId, ({ grants }) => ({ grants: [...ahead(grants, at), { ...grant, by: metadata.actor.id }] }));
    }
    case 'TemporaryGrantEnded':
      return staff(event.data.staffId, ({ grants }) => ({ grants: grants.filter(({ grantId }) => grantId !== event.data.grantId) }));
    case 'ActAsStarted': {
      const { staffId, ...started } = event.data;
      return staff(staffId, ({ actAs }) => ({ actAs: [...ahead(actAs, at), { ...started, from: at }] }));
    }
    case 'ActAsEnded':
      return staff(event.data.staffId, ({ actAs }) => ({ actAs: actAs.filter(({ actAsId }) => actAsId !== event.data.actAsId) }));
    case 'ClientRegistered': {
      const { clientId, ...text } = event.data;
      return void draft.clients.set(clientId, { ...text, status: 'active', registeredAt: at, keys: [], revision });
    }
    case 'ClientChanged': {
      const { clientId, ...text } = event.data;
      return client(clientId, () => ({ ...text, keyAllowed: undefined }));
    }
    case 'ClientKeyAllowed': {
      const { clientId, ...keyAllowed } = event.data;
      return client(clientId, () => ({ keyAllowed }));
    }
    case 'ClientKeyAdded':
      return client(event.data.clientId, ({ keys }) => ({ keys: [...keys, event.data.keyId], keyAllowed: undefined }));
    case 'ClientKeyRetired':
      return client(event.data.clientId, ({ keys }) => ({ keys: keys.filter((keyId) => keyId !== event.data.keyId) }));
    case 'ClientRevoked':
      return client(event.data.clientId, () => ({ status: 'revoked', keys: [], keyAllowed: undefined }));
    case 'ApprovalRuleDefined':
    case 'ApprovalRuleChanged': {
      const { rule, ...text } = event.data;
      return void draft.approvalRules.set(rule, { ...text, status: 'current', revision });
    }
    case 'ApprovalRuleRetired':
      return revise(draft.approvalRules, event.data.rule, revision, { status: 'retired' });
    default:
      return unreachable(event);
  }
}

function unlink({ staff, subjects }: Draft, staffId: string): void {
  const known = staff.get(staffId);
  if (known?.subject === undefined) return;
  const { subject, ...rest } = known;
  subjects.delete(subject.digest);
  staff.set(staffId, rest);
}

/** What is over need not be remembered: the log does. */
const ahead = <T extends { readonly until: string | null }>(all: readonly T[], at: string): T[] => all.filter((one) => isAhead(one, at));

function revise<T extends { readonly revision: bigint }>(all: Map<string, T>, id: string, revision: bigint, change: Partial<T> | ((known: T) => Partial<T>)): void {
  const known = all.get(id);
  if (known) all.set(id, { ...known, ...(typeof change === 'function' ? change(known) : change), revision });
}
