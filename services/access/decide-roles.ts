import { isDeepStrictEqual } from 'node:util';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { BOUNDS } from './bounds.js';
import type { By, RoleCommand, RoleText } from './commands.js';
import type { AccessDecision } from './decisions.js';
import { permitFaults, viewFaults } from './permits.js';
import { isAhead, type AccessState } from './state.js';

export function decideRole(state: AccessState, command: RoleCommand, { at }: By): AccessDecision {
  const { role: name } = command;
  if (command.kind === 'define-role') {
    const { title, permits, views } = command;
    const refused = permitFaults(permits) ?? viewFaults(views);
    if (refused) return refused;
    // A retired name stays taken: the log still speaks of it.
    if (state.roles.has(name)) return reject('role_exists');
    return state.roles.size >= BOUNDS.roles ? reject('too_many') : accept<AdministrationEvent>({ type: 'RoleDefined', data: { role: name, ...stored({ title, permits, views }) } });
  }
  const invalid = command.kind === 'change-role' ? (permitFaults(command.permits ?? []) ?? viewFaults(command.views ?? {})) : undefined;
  if (invalid) return invalid;
  const role = state.roles.get(name);
  if (!role) return reject('role_not_found');
  if (!command.precondition(role.revision)) return reject('if_match_stale', `the role is at revision ${role.revision}`);
  if (command.kind === 'retire-role') {
    if (role.status === 'retired') return nothing;
    return isHeld(state, name, at) ? reject('role_in_use') : accept<AdministrationEvent>({ type: 'RoleRetired', data: { role: name } });
  }
  if (role.status === 'retired') return reject('role_retired');
  const before = stored(role);
  const after = stored({ title: command.title ?? role.title, permits: command.permits ?? role.permits, views: command.views ?? role.views });
  return isDeepStrictEqual(before, after) ? nothing : accept<AdministrationEvent>({ type: 'RoleChanged', data: { role: name, ...after } });
}

const isHeld = ({ staff }: AccessState, role: string, at: Date): boolean => {
  const moment = at.toISOString();
  return [...staff.values()].some(({ assignments, grants }) =>
    assignments.some((one) => one.role === role && isAhead(one, moment)) || grants.some((one) => one.granted.kind === 'role' && one.granted.role === role && isAhead(one, moment)));
};

export const stored = ({ title, permits, views }: RoleText) => ({ title, permits: [...permits], views });
