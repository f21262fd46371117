import { isDeepStrictEqual } from 'node:util';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { BOUNDS } from './bounds.js';
import type { By, StaffCommand } from './commands.js';
import { refusedBranch } from './decide-branches.js';
import { isDemonstration } from './demonstration-staff.js';
import type { AccessDecision } from './decisions.js';
import { isAhead, type AccessState, type Staff } from './state.js';
import { skeletonOf } from './username.js';

type Of<Kind extends StaffCommand['kind']> = Extract<StaffCommand, { readonly kind: Kind }>;

export function decideStaff(state: AccessState, command: StaffCommand, by: By): AccessDecision {
  if (command.kind === 'hire') return decideHire(state, command, by);
  const { staffId } = command;
  const staff = state.staff.get(staffId);
  if (!staff) return reject('staff_not_found');
  if (!command.precondition(staff.revision)) return reject('if_match_stale', `the person's record is at revision ${staff.revision}`);
  if (command.kind === 'change-staff') return decideChange(state, staff, command, by);
  if (command.kind === 'link-subject' || command.kind === 'unlink-subject') return decideSubject(state, staff, command, by);
  const { kind, reason } = command;
  const data = { staffId, ...(reason !== undefined && { reason }) };
  // Their own sign-in is closed to who is suspended; that nobody lifts their own suspension holds for clients and act-as too.
  if (kind === 'reinstate' && isOneself(by, staffId)) return reject('own_rights');
  if (staff.status === 'left') return kind === 'leave' ? nothing : reject('staff_left');
  switch (kind) {
    case 'suspend':
      return staff.status === 'suspended' ? nothing : accept<AdministrationEvent>({ type: 'StaffSuspended', data });
    case 'reinstate':
      return staff.status === 'active' ? nothing : accept<AdministrationEvent>({ type: 'StaffReinstated', data });
    case 'leave':
      return accept<AdministrationEvent>({ type: 'StaffLeft', data });
  }
}

const isReserved = (username: string, { demonstrates }: By): boolean => demonstrates !== true && isDemonstration({ username });

function decideHire(state: AccessState, { staffId, username, branch, person }: Of<'hire'>, by: By): AccessDecision {
  if (isReserved(username, by)) return reject('username_reserved');
  // The id is derived from the command, so whoever has it was hired by this very command under an expired key.
  if (state.usernames.has(skeletonOf(username)) || state.staff.has(staffId)) return reject('username_taken');
  return refusedBranch(state, branch) ?? (state.staff.size >= BOUNDS.staff ? reject('too_many') : accept<AdministrationEvent>({ type: 'StaffHired', data: { staffId, username, branch, person } }));
}

function decideChange(state: AccessState, staff: Staff, { staffId, username = staff.username, branch = staff.branch, person }: Of<'change-staff'>, by: By): AccessDecision {
  if (branch !== staff.branch && isOneself(by, staffId)) return reject('own_rights');
  if (staff.status === 'left') return reject('staff_left');
  if (username !== staff.username && isReserved(username, by)) return reject('username_reserved');
  const holder = state.usernames.get(skeletonOf(username));
  if (holder !== undefined && holder !== staffId) return reject('username_taken');
  const events: AdministrationEvent[] = [];
  if (branch !== staff.branch) {
    const refused = refusedBranch(state, branch);
    if (refused) return refused;
    const moment = by.at.toISOString();
    const assignments = staff.assignments.filter((one) => one.branch === staff.branch && isAhead(one, moment)).map(({ assignmentId }) => assignmentId);
    events.push({ type: 'StaffTransferred', data: { staffId, before: staff.branch, after: branch, assignments } });
  }
  if (username !== staff.username) events.push({ type: 'StaffUsernameChanged', data: { staffId, before: staff.username, after: username } });
  if (person !== undefined && !isDeepStrictEqual(person, staff.person)) events.push({ type: 'StaffDetailsChanged', data: { staffId, person } });
  const [first, ...others] = events;
  return first ? accept(first, ...others) : nothing;
}

/** Whoever is the subject gets in as this person: no administrator alone says who that is, and none for themselves. */
function decideSubject({ subjects }: AccessState, { status, subject }: Staff, command: Of<'link-subject' | 'unlink-subject'>, by: By): AccessDecision {
  const { staffId } = command;
  if (command.kind === 'unlink-subject') return subject === undefined ? nothing : accept<AdministrationEvent>({ type: 'OidcSubjectUnlinked', data: { staffId } });
  const { issuer, subjectDigest } = command;
  if (isOneself(by, staffId)) return reject('own_rights');
  if (by.approver === undefined) return reject('second_person_needed');
  if (status === 'left') return reject('staff_left');
  const holder = subjects.get(subjectDigest);
  if (holder === staffId) return nothing;
  return holder === undefined ? accept<AdministrationEvent>({ type: 'OidcSubjectLinked', data: { staffId, issuer, subjectDigest } }) : reject('subject_taken');
}

/** Oneself is also the person in whose place one acts. */
export const isOneself = ({ actor }: By, id: string): boolean => id === actor.id || id === actor.actingAs;
