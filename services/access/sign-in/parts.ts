import type { Records } from '../../../shared/records/record.js';
import type { AccessTokens } from './access-tokens.js';
import type { Attempts } from './attempts.js';
import type { SecondFactorPolicy } from './authentication.js';
import type { Challenges } from './challenges.js';
import type { Credentials } from './credentials.js';
import type { Directory } from './directory.js';
import type { SendCode } from './message-codes.js';
import type { SignInMeters } from './meters.js';
import type { OpenIdProvider } from './openid-provider.js';
import type { RelyingParty } from './passkeys.js';
import type { People } from './people.js';
import type { PasswordHashing } from './password-hashing.js';
import type { Sessions } from './sessions.js';
import type { WeaknessOf } from './weak-passwords.js';

/** What sign-in is made of. */
export interface SignInParts {
  readonly people: People;
  readonly records: Records;
  readonly credentials: Credentials;
  readonly sessions: Sessions;
  readonly challenges: Challenges;
  readonly attempts: Attempts;
  readonly tokens: AccessTokens;
  readonly directory: Directory;
  readonly hashing: PasswordHashing;
  readonly weaknessOf: WeaknessOf;
  readonly sendCode: SendCode;
  readonly meters: SignInMeters;
  readonly party: RelyingParty;
  /** Where staff may sign in through one. */
  readonly openIdProvider?: OpenIdProvider;
  readonly secondFactor: SecondFactorPolicy;
  /** `vault.secret('sign-in')`. */
  readonly secret: Buffer;
  /** This process hears of its own revocations at once. */
  readonly onRevoked: (sessionId: string) => void;
  /** A sign-in that fails is answered no sooner, so that the time tells nothing of what was found. */
  readonly failuresTakeMs: number;
}

/** Where a request comes from. */
export interface Origin {
  readonly address: string;
  readonly device: string;
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly at: Date;
}
