import type { FactorKind, SignInEvent } from '../../../shared/events/access/sign-in-events.js';
import { readable } from '../../../shared/events/personal.js';
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
  /** Of customers; staff's name is the access module's. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Credentials of passwords before this one, newest first. */
  readonly formerPasswords: readonly string[];
  readonly factors: readonly Factor[];
  /** Accounts that a customer has paid with a fresh second factor. */
  readonly payees: ReadonlySet<string>;
}

/** A new password must differ from so many before it, the present one included. */
export const PASSWORDS_REMEMBERED = 5;

const signInRecordOf = (name: string) => defineRecord<SignInState, SignInEvent>({
  name,
  initial: { username: undefined, password: undefined, formerPasswords: [], factors: [], payees: new Set() },
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
      case 'SignInNameChosen':
        return readable(event.data.username) ? { ...state, username: event.data.username } : state;
      case 'PayeeTrusted':
        return { ...state, payees: new Set([...state.payees, event.data.accountId]) };
      case 'SteppedUp':
      case 'RecoveryCodeUsed':
      case 'SignedIn':
      case 'SignInFailed':
      case 'LockedOut':
      case 'SessionRevoked':
      case 'Invited':
      case 'FactorsLost':
        return state;
      default:
        return unreachable(event);
    }
  },
});

export const signInRecord = signInRecordOf('signin');
export const customerSignInRecord = signInRecordOf('customersignin');

/** Recovery codes replace a factor that was lost; they are none of their own. */
export const secondFactors = ({ factors }: SignInState): readonly Factor[] => factors.filter(({ kind }) => kind !== 'recovery-codes');

/** Every credential that the log says is in force or remembered. */
export const namedCredentials = ({ password, formerPasswords, factors }: SignInState): ReadonlySet<string> =>
  new Set([...(password === undefined ? [] : [password]), ...formerPasswords, ...factors.map(({ credentialId }) => credentialId)]);
