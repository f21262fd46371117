import type { FactorKind } from '../../../shared/events/access/sign-in-events.js';

export interface SetPassword {
  readonly staffId: string;
  readonly credentialId: string;
  readonly why: 'first' | 'changed' | 'reset';
  /** The credential that was in force when this was asked for. */
  readonly seen: string | undefined;
}

export interface EnrolFactor {
  readonly staffId: string;
  readonly factorId: string;
  readonly kind: FactorKind;
  readonly credentialId: string;
}

export interface RemoveFactor {
  readonly staffId: string;
  readonly factorId: string;
  /** Where a second factor is not required. */
  readonly mayBeLast: boolean;
}
