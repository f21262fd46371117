import type { ApprovalRuleText, StaffPerson } from '../../shared/events/access/values.js';
import type { Personal } from '../../shared/events/personal.js';
import type { ClientText, Granted, RoleText } from './commands.js';

/** Of each thing the revision of the stream at which it last changed: its ETag. */
interface Revised {
  readonly revision: bigint;
}

export interface Branch extends Revised {
  readonly title: string;
  /** Null for the head office alone. */
  readonly parent: string | null;
  readonly status: 'open' | 'closed';
}

export interface Role extends Revised, RoleText {
  readonly status: 'current' | 'retired';
}

/** ISO times: `from` inclusive, `until` exclusive. */
export interface Assignment {
  readonly assignmentId: string;
  readonly role: string;
  readonly branch: string;
  readonly from: string;
  readonly until: string | null;
}
export interface Grant {
  readonly grantId: string;
  readonly granted: Granted;
  readonly branch: string;
  readonly from: string;
  readonly until: string;
  readonly reason: Personal<string>;
  /** Who gave it. */
  readonly by: string;
}
export interface ActAs {
  readonly actAsId: string;
  readonly asStaffId: string;
  readonly from: string;
  readonly until: string;
  readonly reason: Personal<string>;
}

export interface Staff extends Revised {
  readonly username: string;
  readonly person: Personal<StaffPerson>;
  readonly branch: string;
  readonly status: 'active' | 'suspended' | 'left';
  readonly hiredAt: string;
  /** What was not ended; some may lie ahead, and some may be over. */
  readonly assignments: readonly Assignment[];
  readonly grants: readonly Grant[];
  readonly actAs: readonly ActAs[];
  /** Of an OpenID provider: who may sign in as this person. */
  readonly subject?: { readonly issuer: string; readonly digest: string; readonly linkedAt: string };
}

export interface Client extends Revised, ClientText {
  readonly name: string;
  readonly status: 'active' | 'revoked';
  readonly registeredAt: string;
  /** Names of the keys in force; oldest first. */
  readonly keys: readonly string[];
  /** Who may ask for one key of more rights than their own, and until when (ISO time, exclusive). */
  readonly keyAllowed?: { readonly to: string; readonly until: string } | undefined;
}

export interface StoredApprovalRule extends Revised, ApprovalRuleText {
  readonly status: 'current' | 'retired';
}

/** Everything that stream "access-bank" says, as of one of its revisions. */
export interface AccessState {
  readonly branches: ReadonlyMap<string, Branch>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly staff: ReadonlyMap<string, Staff>;
  readonly clients: ReadonlyMap<string, Client>;
  readonly approvalRules: ReadonlyMap<string, StoredApprovalRule>;
  /** Whose every username is or ever was, by what it looks like (username.ts). */
  readonly usernames: ReadonlyMap<string, string>;
  /** Whose every linked subject is, by its digest. */
  readonly subjects: ReadonlyMap<string, string>;
}

export const emptyState: AccessState = { branches: new Map(), roles: new Map(), staff: new Map(), clients: new Map(), approvalRules: new Map(), usernames: new Map(), subjects: new Map() };

/** Whether something with such times holds at a moment. */
export const holdsAt = ({ from, until }: { readonly from: string; readonly until: string | null }, at: string): boolean => from <= at && (until === null || at < until);
/** Whether it holds now or will. */
export const isAhead = ({ until }: { readonly until: string | null }, at: string): boolean => until === null || at < until;

