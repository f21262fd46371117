import type { Permission } from './permissions.js';
import { decideAccess, type Demand, type Permit, type Rights } from './rights.js';

/**
 * What somebody may approve, as rights to do it: commands that a permit to decide names, with that permit's own scope and limit; and where a permit
 * names none and reaches what is asked, whatever they could send themselves. Scope and limit of two permits never add up.
 */
export function decidingRights(rights: Rights, about: Pick<Demand, 'target' | 'amounts'>): Rights {
  const held = rights.permits.get('approvals.decide') ?? [];
  const unnamed = held.filter(({ commands }) => commands === undefined);
  const decidesOwn = decideAccess({ ...rights, permits: new Map([['approvals.decide', unnamed]]) }, { permission: 'approvals.decide', ...about }) === undefined;
  const permits = new Map<Permission, readonly Permit[]>(decidesOwn ? rights.permits : []);
  for (const { commands = [], ...permit } of held) for (const command of commands) permits.set(command, [...(permits.get(command) ?? []), permit]);
  return { ...rights, permits };
}

/** Rights with only those permits of `permission` that are for requests of such a command. */
export const forCommand = (rights: Rights, permission: Permission, command: string): Rights =>
  ({ ...rights, permits: new Map([[permission, (rights.permits.get(permission) ?? []).filter(({ commands }) => commands === undefined || commands.has(command as Permission))]]) });
