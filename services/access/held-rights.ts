import { nothingShown, type Views } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import { joined, type Permit, type Rights } from '../../shared/access/rights.js';
import type { Personal } from '../../shared/events/personal.js';
import type { By } from './commands.js';
import { permitsOf, viewsOf } from './permits.js';
import { holdsAt, type AccessState, type Grant, type Staff } from './state.js';
import { subtreeOf } from './tree.js';

/** Where a right comes from. */
export type Source =
  | { readonly kind: 'assignment'; readonly assignmentId: string; readonly role: string; readonly branch: string; readonly from: string; readonly until: string | null }
  | { readonly kind: 'grant'; readonly grantId: string; readonly role?: string; readonly branch: string; readonly from: string; readonly until: string; readonly by: string; readonly reason: Personal<string> }
  | { readonly kind: 'act-as'; readonly actAsId: string; readonly asStaffId: string; readonly from: string; readonly until: string; readonly reason: Personal<string> }
  | { readonly kind: 'client' };

/** One source with what it gives. */
export interface Part {
  readonly source: Source;
  readonly permits: ReadonlyMap<Permission, readonly Permit[]>;
  readonly views: Views;
}

/** What is in force at a moment for one member of staff; nothing for who is suspended or has left. */
export function partsOf(state: AccessState, staff: Staff, at: Date): Part[] {
  if (staff.status !== 'active') return [];
  const moment = at.toISOString();
  return [
    ...staff.assignments.filter((one) => holdsAt(one, moment)).map((one): Part => ({ source: { kind: 'assignment', ...one }, ...byRole(state, one.role, one.branch) })),
    ...staff.grants.filter((one) => holdsAt(one, moment)).map((one) => grantPart(state, one)),
  ];
}

function grantPart(state: AccessState, { granted, ...grant }: Grant): Part {
  const source: Source = { kind: 'grant', ...grant, ...(granted.kind === 'role' && { role: granted.role }) };
  if (granted.kind === 'role') return { source, ...byRole(state, granted.role, grant.branch) };
  return { source, permits: permitsOf([granted.permit], subtreeOf(state.branches, grant.branch)), views: nothingShown };
}

function byRole(state: AccessState, name: string, branch: string): Omit<Part, 'source'> {
  const role = state.roles.get(name);
  if (role?.status !== 'current') return { permits: new Map(), views: nothingShown };
  return { permits: permitsOf(role.permits, subtreeOf(state.branches, branch)), views: viewsOf(role.views) };
}

/** Undefined for who is not (or no longer) a working member of staff. */
export function rightsOf(state: AccessState, staffId: string, at: Date): Rights | undefined {
  const staff = state.staff.get(staffId);
  return staff?.status === 'active' ? joined(staffId, partsOf(state, staff, at)) : undefined;
}

export function clientRightsOf(state: AccessState, clientId: string): Rights | undefined {
  const part = clientPart(state, clientId);
  return part && joined(clientId, [part]);
}

export function clientPart(state: AccessState, clientId: string): Part | undefined {
  const client = state.clients.get(clientId);
  if (client?.status !== 'active') return undefined;
  return { source: { kind: 'client' }, permits: permitsOf(client.permits, subtreeOf(state.branches, client.branch)), views: viewsOf(client.views) };
}

/** Now and every moment ahead at which something that they were given begins or ends: between two of these their own rights do not change by themselves. */
export const momentsAhead = ({ assignments, grants }: Staff, at: Date): Date[] =>
  [at, ...[...assignments, ...grants].flatMap(({ from, until }) => (until === null ? [from] : [from, until])).map((turn) => new Date(turn)).filter((turn) => turn > at)];

/** Whether who asks holds such a permission, now or at a moment that is arranged already, however far it reaches. */
export function holdsPermission(state: AccessState, { actor: { id }, at }: By, permission: string): boolean {
  const staff = state.staff.get(id);
  const held = staff ? momentsAhead(staff, at).map((moment) => rightsOf(state, id, moment)) : [clientRightsOf(state, id)];
  return held.some((rights) => rights?.permits.has(permission as Permission));
}

/** What nobody does in another's place: what gives rights, what decides on requests of others, and what is the other's alone. */
const NEVER_IN_ANOTHERS_PLACE: ReadonlySet<Permission> = new Set<Permission>(['access.administer', 'access.act-as', 'approvals.decide', 'marketing.publish-segments', 'risk.publish-rules', 'risk.tell', 'sessions.revoke', 'self.use']);

/** The rights of `asStaffId` for who acts as that person at this moment and still may; the holder is that person. */
export function actingRightsOf(state: AccessState, staffId: string, asStaffId: string, at: Date): Rights | undefined {
  const staff = state.staff.get(staffId);
  if (!staff || !staff.actAs.some((one) => one.asStaffId === asStaffId && holdsAt(one, at.toISOString()))) return undefined;
  if (!rightsOf(state, staffId, at)?.permits.has('access.act-as')) return undefined;
  const rights = rightsOf(state, asStaffId, at);
  return rights && { ...rights, permits: lent(rights.permits) };
}

export const lent = (permits: Rights['permits']): Rights['permits'] => new Map([...permits].filter(([permission]) => !NEVER_IN_ANOTHERS_PLACE.has(permission)));

/** Open-ended and of a current role, so that no clock takes the last one away. */
export function hasAdministrator(state: AccessState, at: Date, counts: (staff: Staff) => boolean = () => true): boolean {
  const moment = at.toISOString();
  const administers = new Set([...state.roles].filter(([, role]) => role.status === 'current' && role.permits.some(({ permission, scope }) => permission === 'access.administer' && scope === 'all')).map(([name]) => name));
  for (const staff of state.staff.values())
    if (staff.status === 'active' && counts(staff) && staff.assignments.some((one) => one.until === null && one.from <= moment && administers.has(one.role))) return true;
  return false;
}
