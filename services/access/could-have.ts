import type { Permission } from '../../shared/access/permissions.js';
import type { Permit } from '../../shared/access/rights.js';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { evolveAll } from './evolve.js';
import { clientPart, lent, partsOf, type Part, type Source } from './held-rights.js';
import { emptyState, holdsAt, type AccessState, type Client, type Staff } from './state.js';

/** A moment, or a time from one to another (exclusive). */
export interface When {
  readonly from: Date;
  readonly until?: Date;
}

export interface Why {
  readonly source: Source;
  readonly permit: Permit;
}
export type CouldHave =
  | { readonly kind: 'staff'; readonly id: string; readonly staff: Staff; readonly why: readonly Why[] }
  | { readonly kind: 'client'; readonly id: string; readonly client: Client; readonly why: readonly Why[] };

/**
 * Whoever could have done such a thing then, at any time of it, and by what, as the log says. With a branch: to its records (whoever reaches the
 * portfolio they manage could, where it holds such a record). People as they stood when they last could.
 */
export function couldHave(log: readonly Recorded<AdministrationEvent>[], permission: Permission, { from, until }: When, branch?: string): CouldHave[] {
  const could = new Map<string, CouldHave>();
  for (const [state, moment] of statesDuring(log, from, until))
    for (const found of holdersAt(state, permission, moment, branch)) could.set(found.id, { ...found, why: joinedWhy(could.get(found.id)?.why ?? [], found.why) });
  return [...could.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = (one: CouldHave): string => (one.kind === 'staff' ? `a ${one.staff.username}` : `b ${one.client.name}`);

/** Every state there was, with each moment in it at which something may have begun. Ends need no look: what ends was there before. */
function* statesDuring(log: readonly Recorded<AdministrationEvent>[], from: Date, until: Date | undefined): Generator<[AccessState, Date]> {
  const start = log.findIndex(({ metadata }) => metadata.recordedAt > from.toISOString());
  const before = start < 0 ? log : log.slice(0, start);
  let state = evolveAll(emptyState, before);
  yield [state, from];
  if (until === undefined) return;
  const during = log.slice(before.length).filter(({ metadata }) => metadata.recordedAt < until.toISOString());
  let since = from;
  for (const [index, one] of [undefined, ...during].entries()) {
    if (one) state = evolveAll(state, [one]);
    if (one) since = new Date(one.metadata.recordedAt);
    const next = during[index] ? new Date(during[index].metadata.recordedAt) : until;
    yield [state, since];
    for (const begins of beginnings(state)) if (begins > since && begins < next) yield [state, begins];
  }
}

const beginnings = ({ staff }: AccessState): Date[] => [...new Set([...staff.values()].flatMap(({ assignments, grants }) => [...assignments, ...grants].map(({ from }) => from)))].map((from) => new Date(from));

function* holdersAt(state: AccessState, permission: Permission, at: Date, branch?: string): Generator<CouldHave> {
  for (const [id, staff] of state.staff) {
    const why = whyOf([...partsOf(state, staff, at), ...actingParts(state, staff, at)], permission, branch);
    if (why.length > 0) yield { kind: 'staff', id, staff, why };
  }
  for (const [id, client] of state.clients) {
    const part = clientPart(state, id);
    const why = part && client.keys.length > 0 ? whyOf([part], permission, branch) : [];
    if (why.length > 0) yield { kind: 'client', id, client, why };
  }
}

/** What somebody has by acting as another, while they do. */
function actingParts(state: AccessState, staff: Staff, at: Date): Part[] {
  if (!partsOf(state, staff, at).some(({ permits }) => permits.has('access.act-as'))) return [];
  return staff.actAs.filter((one) => holdsAt(one, at.toISOString())).flatMap((one) => {
    const other = state.staff.get(one.asStaffId);
    return other ? partsOf(state, other, at).map(({ permits, views }): Part => ({ source: { kind: 'act-as', ...one }, permits: lent(permits), views })) : [];
  });
}

const whyOf = (parts: readonly Part[], permission: Permission, branch: string | undefined): Why[] =>
  parts.flatMap(({ source, permits }) => (permits.get(permission) ?? []).filter((permit) => reaches(permit, branch)).map((permit) => ({ source, permit })));

const reaches = ({ scope, branches }: Permit, branch: string | undefined): boolean => branch === undefined || scope !== 'branch' || branches!.has(branch);

function joinedWhy(before: readonly Why[], found: readonly Why[]): Why[] {
  const known = new Map([...before, ...found].map((why) => [keyOf(why), why]));
  return [...known.values()];
}

const keyOf = ({ source, permit }: Why): string =>
  JSON.stringify([source.kind, 'assignmentId' in source ? source.assignmentId : 'grantId' in source ? source.grantId : 'actAsId' in source ? source.actAsId : '', permit.scope, [...(permit.limits ?? [])].map(String), [...(permit.commands ?? [])]]);
