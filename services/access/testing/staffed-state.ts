import { defaultApprovalRules } from '../../../shared/access/default-approval-rules.js';
import { allRights } from '../../../shared/access/rights.js';
import { defaultRoles } from '../../../shared/access/default-roles.js';
import type { AdministrationEvent } from '../../../shared/events/access/events.js';
import type { AccessCommand, By } from '../commands.js';
import { decide } from '../decider.js';
import { evolveAll } from '../evolve.js';
import { emptyState, type AccessState } from '../state.js';

export const NOW = new Date('2026-03-02T08:00:00.000Z');
export const later = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const idOf = (number: number): string => `0198a7c2-0000-7000-8000-${String(number).padStart(12, '0')}`;
export const any = { precondition: () => true };

export const system: By = { actor: { id: 'bootstrap' }, at: NOW };
export const by = (id: string, at: Date = NOW): By => ({ actor: { id }, at });

/** The state after a command that must be accepted; each event at the next revision. */
export function after(state: AccessState, command: AccessCommand, who: By = system): AccessState {
  const decision = decide(state, command, who);
  if (decision.outcome !== 'accept') throw new Error(`${command.kind}: ${JSON.stringify(decision)}`);
  return recorded(state, decision.events, who);
}

export const recorded = (state: AccessState, events: readonly AdministrationEvent[], { at, actor }: By): AccessState =>
  evolveAll(state, events.map((event, index) => ({
    id: '', stream: 'access-bank', revision: BigInt(revisionOf(state) + 1 + index), position: 0n, event,
    metadata: { recordedAt: at.toISOString(), actor } as never,
  })));

const revisionOf = ({ branches, roles, staff, clients, approvalRules }: AccessState): number =>
  Math.max(-1, ...[branches, roles, staff, clients, approvalRules].flatMap((all) => [...all.values()].map(({ revision }) => Number(revision))));

export const found: AccessCommand = { kind: 'found', headOffice: { title: 'Head office' }, roles: defaultRoles, approvalRules: defaultApprovalRules };
export const hire = (staffId: string, username: string, branch = 'B1'): AccessCommand => ({ kind: 'hire', staffId, username, branch, person: { name: `Person ${username}` } });
export const assign = (staffId: string, assignmentId: string, role: string, branch = 'B1', window: { from?: string; until?: string } = {}): AccessCommand =>
  ({ kind: 'assign', staffId, assignmentId, role, branch, ...window, ...any });

export const [ROOT, ANNA, BEN, CARL, SWITCH] = [1, 2, 3, 4, 5].map(idOf) as [string, string, string, string, string];
export const [ROOT_ADMINISTERS, ANNA_TELLS, ROOT_MANAGES] = [11, 12, 13].map(idOf) as [string, string, string];
export const KEY = idOf(31);

/**
 * Head office with B1 (B11 below it), B2 and the closed OLD; root administers and manages B2, Anna tells at B1, Ben is suspended, Carl has left; a client
 * with one key; a role that was retired.
 */
export const staffed: AccessState = ([
  found,
  { kind: 'open-branch', branch: 'B1', title: 'One', parent: 'head-office' }, { kind: 'open-branch', branch: 'B11', title: 'Below one', parent: 'B1' },
  { kind: 'open-branch', branch: 'B2', title: 'Two', parent: 'head-office' },
  { kind: 'open-branch', branch: 'OLD', title: 'Old', parent: 'head-office' }, { kind: 'close-branch', branch: 'OLD', ...any },
  { kind: 'define-role', role: 'gone', title: 'Gone', permits: [], views: {} }, { kind: 'retire-role', role: 'gone', ...any },
  hire(ROOT, 'root', 'head-office'), hire(ANNA, 'anna'), hire(BEN, 'ben'), hire(CARL, 'carl'),
  assign(ROOT, ROOT_ADMINISTERS, 'administrator', 'head-office'), assign(ROOT, ROOT_MANAGES, 'branch-manager', 'B2'), assign(ANNA, ANNA_TELLS, 'teller'),
  { kind: 'suspend', staffId: BEN, ...any }, { kind: 'leave', staffId: CARL, ...any },
  { kind: 'register-client', clientId: SWITCH, name: 'card-switch', permits: [{ permission: 'money.hold', scope: 'branch' }], branch: 'B1', views: {}, within: allRights('bootstrap') },
  { kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: KEY, ...any },
] as AccessCommand[]).reduce((state, command) => after(state, command), emptyState);
