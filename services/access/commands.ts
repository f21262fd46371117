import type { Rights } from '../../shared/access/rights.js';
import type { ApprovalRuleText, PermitText, StaffPerson, ViewsText } from '../../shared/events/access/values.js';
import type { Actor } from '../../shared/events/definition.js';

/** Who does it and when: decisions on rights depend on both. */
export interface By {
  readonly actor: Pick<Actor, 'id' | 'actingAs'>;
  readonly at: Date;
  /** Another approved it. */
  readonly approver?: Pick<Actor, 'id'> | undefined;
  /** Whether the people of the demonstration are anybody here. */
  readonly demonstrates?: boolean;
}

/** Whether the revision that was read is still good enough to the sender (If-Match). */
interface Conditional {
  readonly precondition: (revision: bigint) => boolean;
}

export interface RoleText {
  readonly title: string;
  readonly permits: readonly PermitText[];
  readonly views: ViewsText;
}
export interface ClientText {
  readonly permits: readonly PermitText[];
  readonly branch: string;
  readonly views: ViewsText;
}
/** ISO times in UTC; `from` is now where absent. */
interface Window {
  readonly from?: string;
  readonly until?: string;
}
export type Granted = { readonly kind: 'permission'; readonly permit: PermitText } | { readonly kind: 'role'; readonly role: string };

export type BranchCommand =
  | { readonly kind: 'open-branch'; readonly branch: string; readonly title: string; readonly parent: string }
  | (Conditional & { readonly kind: 'change-branch'; readonly branch: string; readonly title?: string; readonly parent?: string })
  | (Conditional & { readonly kind: 'close-branch'; readonly branch: string });

export type RoleCommand =
  | (RoleText & { readonly kind: 'define-role'; readonly role: string })
  | (Conditional & Partial<RoleText> & { readonly kind: 'change-role'; readonly role: string })
  | (Conditional & { readonly kind: 'retire-role'; readonly role: string });

export type StaffCommand =
  | { readonly kind: 'hire'; readonly staffId: string; readonly username: string; readonly branch: string; readonly person: StaffPerson }
  /** `person` replaces what is known; `branch` transfers, with the assignments at the branch left. */
  | (Conditional & { readonly kind: 'change-staff'; readonly staffId: string; readonly username?: string; readonly branch?: string; readonly person?: StaffPerson })
  | (Conditional & { readonly kind: 'suspend' | 'reinstate' | 'leave'; readonly staffId: string; readonly reason?: string })
  | (Conditional & { readonly kind: 'link-subject'; readonly staffId: string; readonly issuer: string; readonly subjectDigest: string })
  | (Conditional & { readonly kind: 'unlink-subject'; readonly staffId: string });

export type AssignmentCommand =
  | (Conditional & Window & { readonly kind: 'assign'; readonly staffId: string; readonly assignmentId: string; readonly role: string; readonly branch: string })
  | (Conditional & { readonly kind: 'end-assignment'; readonly staffId: string; readonly assignmentId: string })
  | (Conditional & Window & { readonly kind: 'grant'; readonly staffId: string; readonly grantId: string; readonly granted: Granted; readonly branch: string; readonly until: string; readonly reason: string })
  | (Conditional & { readonly kind: 'end-grant'; readonly staffId: string; readonly grantId: string })
  /** The actor begins to act as somebody, or ends it. */
  | { readonly kind: 'act-as'; readonly actAsId: string; readonly asStaffId: string; readonly until: string; readonly reason: string }
  | { readonly kind: 'end-act-as'; readonly actAsId: string };

/** What the sender may do and see, beyond which no client goes without another's approval. */
interface Within {
  readonly within: Rights;
}
export type ClientCommand =
  | (ClientText & Within & { readonly kind: 'register-client'; readonly clientId: string; readonly name: string })
  | (Conditional & Within & Partial<ClientText> & { readonly kind: 'change-client'; readonly clientId: string })
  /** That the actor may ask for one key, though the client could do more than they. */
  | (Conditional & Within & { readonly kind: 'allow-client-key'; readonly clientId: string })
  | (Conditional & Within & { readonly kind: 'add-client-key'; readonly clientId: string; readonly keyId: string })
  | (Conditional & { readonly kind: 'retire-client-key'; readonly clientId: string; readonly keyId: string })
  | (Conditional & { readonly kind: 'revoke-client'; readonly clientId: string });

export type ApprovalRuleCommand =
  | { readonly kind: 'define-approval-rule'; readonly rule: string; readonly text: ApprovalRuleText }
  | (Conditional & { readonly kind: 'change-approval-rule'; readonly rule: string; readonly text: ApprovalRuleText })
  | (Conditional & { readonly kind: 'retire-approval-rule'; readonly rule: string });

/** The first command of a bank: its head office, and the roles and approval rules it begins with. Changes nothing in a bank that is founded. */
export interface Found {
  readonly kind: 'found';
  readonly headOffice: { readonly title: string };
  readonly roles: readonly (RoleText & { readonly name: string })[];
  readonly approvalRules: readonly (ApprovalRuleText & { readonly name: string })[];
}

export type AccessCommand = Found | BranchCommand | RoleCommand | StaffCommand | AssignmentCommand | ClientCommand | ApprovalRuleCommand;
