import type { Actor } from '../../../shared/events/definition.js';
import type { FactorKind } from '../../../shared/events/access/sign-in-events.js';
import type { Whose } from './people.js';

export interface SetPassword {
  readonly whose: Whose;
  readonly credentialId: string;
  readonly why: 'first' | 'changed' | 'reset';
  /** The credential that was in force when this was asked for. */
  readonly seen: string | undefined;
}

export interface EnrolFactor {
  readonly whose: Whose;
  readonly factorId: string;
  readonly kind: FactorKind;
  readonly credentialId: string;
}

export interface RemoveFactor {
  readonly whose: Whose;
  readonly factorId: string;
  /** Where a second factor is not required. */
  readonly mayBeLast: boolean;
}

export interface RemoveLostFactors {
  readonly whose: Whose;
  readonly holderId: string;
  /** How it was seen who it is. */
  readonly reason: string;
  /** Who asked for it, and who agreed. */
  readonly by: { readonly actor: Actor; readonly approver?: Actor };
}
