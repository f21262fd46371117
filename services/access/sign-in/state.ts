import type { FactorKind, SignInEvent } from '../../../shared/events/access/sign-in-events.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';

export interface Factor {
  readonly id: string;
  readonly kind: FactorKind;
  readonly credentialId: string;
  /** ISO, by the server's clock. */
  readonly enrolledAt: string;
}

/** Which credentials are in force for one person. */
export interface SignInState {
  readonly password: string | undefined;
  /** Credentials of passwords before this one, newest first. */
  readonly formerPasswords: readonly string[];
  readonly factors: readonly Factor[];
}

/** A new password must differ from so many before it, the present one included. */
export const PASSWORDS_REMEMBERED = 5;

export const signInRecord = defineRecord<SignInState, SignInEvent>({
  name: 'signin',
  initial: { password: undefined, formerPasswords: [], factors: [] },
  evolve(state, event, { metadata }) {
    switch (event.type) {
      case 'PasswordSet':
        return {
          ...state,
          password: event.data.credentialId,
          formerPasswords: (state.password === undefined ? [] : [state.password, ...state.formerPasswords]).slice(0, PASSWORDS_REMEMBERED - 1),
        };
      case 'FactorEnrolled': {
        const { factorId: id, kind, credentialId } = event.data;
        return { ...state, factors: [...state.factors, { id, kind, credentialId, enrolledAt: metadata.recordedAt }] };
      }
      case 'FactorRemoved':
        return { ...state, factors: state.factors.filter(({ id }) => id !== event.data.factorId) };
      case 'RecoveryCodeUsed':
      case 'SignedIn':
      case 'SignInFailed':
      case 'LockedOut':
      case 'SessionRevoked':
      case 'Invited':
        return state;
      default:
        return unreachable(event);
    }
  },
});

/** Recovery codes replace a factor that was lost; they are none of their own. */
export const secondFactors = ({ factors }: SignInState): readonly Factor[] => factors.filter(({ kind }) => kind !== 'recovery-codes');

/** Every credential that the log says is in force or remembered. */
export const namedCredentials = ({ password, formerPasswords, factors }: SignInState): ReadonlySet<string> =>
  new Set([...(password === undefined ? [] : [password]), ...formerPasswords, ...factors.map(({ credentialId }) => credentialId)]);
