import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, nothing, reject, unreachable } from '../../shared/kernel/decision.js';
import type { AccessCommand, By, Found } from './commands.js';
import { decideApprovalRule, storedRule } from './decide-approval-rules.js';
import { decideAssignment } from './decide-assignments.js';
import { decideBranch } from './decide-branches.js';
import { decideClient } from './decide-clients.js';
import { decideRole, stored } from './decide-roles.js';
import { decideStaff } from './decide-staff.js';
import type { AccessDecision } from './decisions.js';
import { evolveAll } from './evolve.js';
import { clientRightsOf, hasAdministrator, momentsAhead, rightsOf } from './held-rights.js';
import { raises } from './raised-rights.js';
import { isDemonstration } from './demonstration-staff.js';
import type { AccessState, Staff } from './state.js';
import { HEAD_OFFICE } from './tree.js';

/** The one decision on every change of who there is. What holds whatever was asked is looked at in what would come of it. */
export function decide(state: AccessState, command: AccessCommand, by: By): AccessDecision {
  const decision = decideAlone(state, command, by);
  if (decision.outcome !== 'accept') return decision;
  const after = afterEvents(state, decision.events, by);
  if (raisesOwn(state, after, by)) return reject('own_rights');
  const counts = (staff: Staff): boolean => by.demonstrates === true || !isDemonstration(staff);
  if (hasAdministrator(state, by.at, counts) && !hasAdministrator(after, by.at, counts)) return reject('last_administrator');
  return decision;
}

function decideAlone(state: AccessState, command: AccessCommand, by: By): AccessDecision {
  switch (command.kind) {
    case 'found':
      return decideFound(state, command);
    case 'open-branch':
    case 'change-branch':
    case 'close-branch':
      return decideBranch(state, command, by);
    case 'define-role':
    case 'change-role':
    case 'retire-role':
      return decideRole(state, command, by);
    case 'hire':
    case 'change-staff':
    case 'suspend':
    case 'reinstate':
    case 'leave':
    case 'link-subject':
    case 'unlink-subject':
      return decideStaff(state, command, by);
    case 'assign':
    case 'end-assignment':
    case 'grant':
    case 'end-grant':
    case 'act-as':
    case 'end-act-as':
      return decideAssignment(state, command, by);
    case 'register-client':
    case 'change-client':
    case 'allow-client-key':
    case 'add-client-key':
    case 'retire-client-key':
    case 'revoke-client':
      return decideClient(state, command, by);
    case 'define-approval-rule':
    case 'change-approval-rule':
    case 'retire-approval-rule':
      return decideApprovalRule(state, command, by);
    default:
      return unreachable(command);
  }
}

function decideFound(state: AccessState, { headOffice, roles, approvalRules }: Found): AccessDecision {
  if (state.branches.size > 0) return nothing;
  return accept<AdministrationEvent>(
    { type: 'BranchOpened', data: { branch: HEAD_OFFICE, title: headOffice.title } },
    ...roles.map(({ name, ...text }): AdministrationEvent => ({ type: 'RoleDefined', data: { role: name, ...stored(text) } })),
    ...approvalRules.map(({ name, ...text }): AdministrationEvent => ({ type: 'ApprovalRuleDefined', data: { rule: name, ...storedRule(text) } })),
  );
}

function afterEvents(state: AccessState, events: readonly AdministrationEvent[], { at, actor }: By): AccessState {
  // Of what will be recorded, only the time matters to rights.
  const metadata = { recordedAt: at.toISOString(), actor } as never;
  return evolveAll(state, events.map((event) => ({ id: '', stream: '', revision: -1n, position: -1n, event, metadata })));
}

/** Now and at every moment at which something of theirs begins or ends: whoever holds much for a week must not put it into what they keep. */
function raisesOwn(before: AccessState, after: AccessState, { actor, at }: By): boolean {
  const ids = [actor.id, ...(actor.actingAs === undefined ? [] : [actor.actingAs])];
  return ids.some((id) => {
    const staff = after.staff.get(id);
    if (!staff) return before.clients.has(id) && raises(clientRightsOf(before, id), clientRightsOf(after, id));
    return momentsAhead(staff, at).some((moment) => raises(rightsOf(before, id, moment), rightsOf(after, id, moment)));
  });
}
