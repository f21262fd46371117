import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, reject, type FieldError } from '../../shared/kernel/decision.js';
import { BOUNDS, LONGEST } from './bounds.js';
import type { AssignmentCommand, By } from './commands.js';
import { refusedBranch } from './decide-branches.js';
import { isOneself } from './decide-staff.js';
import { refusal, type AccessDecision, type Refused } from './decisions.js';
import { permitFaults } from './permits.js';
import { isAhead, type AccessState, type Staff } from './state.js';

type Of<Kind> = Extract<AssignmentCommand, { readonly kind: Kind }>;

export function decideAssignment(state: AccessState, command: AssignmentCommand, by: By): AccessDecision {
  if (command.kind === 'act-as' || command.kind === 'end-act-as') return decideActAs(state, command, by);
  const invalid = faultsOf(command, by);
  if (invalid) return invalid;
  const { staffId } = command;
  const staff = state.staff.get(staffId);
  if (!staff) return reject('staff_not_found');
  switch (command.kind) {
    case 'end-assignment':
    case 'end-grant':
      return decideEnd(staff, command);
    case 'assign':
    case 'grant': {
      if (!command.precondition(staff.revision)) return stale(staff);
      if (isOneself(by, staffId)) return reject('own_rights');
      if (staff.status === 'left') return reject('staff_left');
      return command.kind === 'assign' ? decideAssign(state, staff, command, by) : decideGrant(state, staff, command, by);
    }
  }
}

function faultsOf(command: Exclude<AssignmentCommand, Of<'act-as' | 'end-act-as'>>, { at }: By): Refused | undefined {
  switch (command.kind) {
    case 'assign':
      return timeFaults(command, at, LONGEST.assignmentMs);
    case 'grant':
      return (command.granted.kind === 'permission' ? permitFaults([command.granted.permit], () => '/permit') : undefined) ?? timeFaults(command, at, LONGEST.grantMs);
    default:
      return undefined;
  }
}

function decideAssign(state: AccessState, staff: Staff, { staffId, assignmentId, role, branch, from, until }: Of<'assign'>, { at }: By): AccessDecision {
  const moment = at.toISOString();
  const starts = from ?? moment;
  const ahead = staff.assignments.filter((one) => isAhead(one, moment));
  const overlaps = ahead.some((one) => one.role === role && one.branch === branch && (until === undefined || one.from < until) && (one.until === null || starts < one.until));
  if (overlaps) return reject('already_assigned');
  const refused = refusedBranch(state, branch) ?? refusedRole(state, role);
  if (refused) return refused;
  if (ahead.length >= BOUNDS.assignmentsOfOne) return reject('too_many');
  return accept<AdministrationEvent>({ type: 'RoleAssigned', data: { staffId, assignmentId, role, branch, from: starts, ...(until !== undefined && { until }) } });
}

function decideGrant(state: AccessState, staff: Staff, { staffId, grantId, granted, branch, from, until, reason }: Of<'grant'>, { at }: By): AccessDecision {
  const moment = at.toISOString();
  const refused = refusedBranch(state, branch) ?? (granted.kind === 'role' ? refusedRole(state, granted.role) : undefined);
  if (refused) return refused;
  if (staff.grants.filter((one) => isAhead(one, moment)).length >= BOUNDS.grantsOfOne) return reject('too_many');
  return accept<AdministrationEvent>({ type: 'TemporaryGrantGiven', data: { staffId, grantId, granted, branch, from: from ?? moment, until, reason } });
}

function decideEnd(staff: Staff, command: Of<'end-assignment' | 'end-grant'>): AccessDecision {
  const { staffId } = command;
  const known = command.kind === 'end-assignment' ? staff.assignments.some((one) => one.assignmentId === command.assignmentId) : staff.grants.some((one) => one.grantId === command.grantId);
  if (!known) return reject(command.kind === 'end-assignment' ? 'assignment_not_found' : 'grant_not_found');
  if (!command.precondition(staff.revision)) return stale(staff);
  return command.kind === 'end-assignment'
    ? accept<AdministrationEvent>({ type: 'AssignmentEnded', data: { staffId, assignmentId: command.assignmentId } })
    : accept<AdministrationEvent>({ type: 'TemporaryGrantEnded', data: { staffId, grantId: command.grantId } });
}

/** That the actor may act as others at all was decided before; here, that these two fit. */
function decideActAs(state: AccessState, command: Of<'act-as' | 'end-act-as'>, { actor, at }: By): AccessDecision {
  const invalid = command.kind === 'act-as' ? timeFaults(command, at, LONGEST.actAsMs) : undefined;
  if (invalid) return invalid;
  const staffId = actor.id;
  const staff = state.staff.get(staffId);
  if (command.kind === 'end-act-as')
    return staff?.actAs.some(({ actAsId }) => actAsId === command.actAsId) ? accept<AdministrationEvent>({ type: 'ActAsEnded', data: { staffId, actAsId: command.actAsId } }) : reject('act_as_not_found');
  const { actAsId, asStaffId, until, reason } = command;
  const other = state.staff.get(asStaffId);
  if (!other) return reject('staff_not_found');
  if (other.status === 'left') return reject('staff_left');
  if (staff?.status !== 'active' || actor.actingAs !== undefined) return reject('act_as_refused', 'only staff act as others, and not while they do already');
  if (asStaffId === staffId || other.status !== 'active') return reject('act_as_refused', 'one acts as another working member of staff');
  const moment = at.toISOString();
  const ahead = staff.actAs.filter((one) => isAhead(one, moment));
  if (ahead.length >= BOUNDS.actAsOfOne) return reject('too_many');
  return accept<AdministrationEvent>({ type: 'ActAsStarted', data: { staffId, actAsId, asStaffId, until, reason } });
}

function refusedRole({ roles }: AccessState, name: string): Refused | undefined {
  const role = roles.get(name);
  if (!role) return refusal('role_unknown');
  return role.status === 'retired' ? refusal('role_retired') : undefined;
}

/** Nothing begins in the past: who could have done what then would be another answer afterwards. */
function timeFaults({ from, until }: { readonly from?: string; readonly until?: string }, at: Date, longestMs: number): Refused | undefined {
  const [now, start] = [at.getTime(), from === undefined ? at.getTime() : Date.parse(from)];
  const faults: FieldError[] = [];
  const tell = (pointer: string, detail: string): void => void faults.push({ pointer, code: 'times_invalid', detail });
  if (start < now) tell('/from', 'is over; leave it out for now');
  if (start > now + LONGEST.untilStartMs) tell('/from', 'is more than a year ahead');
  if (until !== undefined && Date.parse(until) <= start) tell('/until', 'must be after its beginning');
  if (until !== undefined && Date.parse(until) > start + longestMs) tell('/until', `must be at most ${longestMs / 3_600_000} hours after its beginning`);
  return faults.length > 0 ? refusal('times_invalid', undefined, faults) : undefined;
}

const stale = ({ revision }: Staff): AccessDecision => reject('if_match_stale', `the person's record is at revision ${revision}`);
