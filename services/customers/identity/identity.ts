import type { EventMetadata } from '../../../shared/events/definition.js';
import type { EventOf } from '../../../shared/events/definition.js';
import { CHECKED_FIELDS, type IdentityChecked, type IdentityOutcome, type IdentityVerified } from '../../../shared/events/customers/identity-events.js';

/** What others said of who the customer is. */
export interface Identity {
  readonly identityVerified: IdentityVerified | null;
  /** All of them, oldest first. */
  readonly identityChecks: readonly IdentityCheck[];
}

export interface IdentityCheck {
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  readonly by: string;
  readonly method: 'registry' | 'face';
  readonly provider: string;
  readonly outcome: IdentityOutcome;
  readonly score?: number;
  readonly reference?: string;
}

export const unchecked: Identity = { identityVerified: null, identityChecks: [] };

export function afterCheck({ identityVerified, identityChecks }: Identity, { data }: EventOf<typeof IdentityChecked>, { recordedAt: at, actor }: EventMetadata): Identity {
  const { checkId: id, method, provider, outcome, score, reference } = data;
  return {
    identityVerified: method === 'registry' ? { at, provider, outcome } : identityVerified,
    identityChecks: [...identityChecks, { id, at, by: actor.id, method, provider, outcome, ...(score !== undefined && { score }), ...(reference !== undefined && { reference }) }],
  };
}

export const afterChange = ({ identityVerified, identityChecks }: Identity, fields: readonly string[]): Identity =>
  ({ identityVerified: fields.some((field) => CHECKED_FIELDS.includes(field)) ? null : identityVerified, identityChecks });
