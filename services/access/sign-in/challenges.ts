/** What somebody began and must finish with the token that was given for it. */
export type Challenge =
  /** The password was right, or the OpenID provider vouched for the subject; a second factor is missing. `passwordId`: in force then; null: none. */
  | { readonly kind: 'second-factor'; readonly holderId: string; readonly passwordId: string | null; readonly subjectDigest?: string; readonly passkeyChallenge: string; readonly codeHash?: string; readonly codesSent: number }
  /** Whoever is signed in proves it again, in this session. */
  | { readonly kind: 'step-up'; readonly holderId: string; readonly passwordId: string | null; readonly sessionId: string; readonly passkeyChallenge: string; readonly codeHash?: string; readonly codesSent: number }
  /** Sent to the OpenID provider; what it must bring back is derived from the token. */
  | { readonly kind: 'openid-sign-in' }
  /** A passkey alone, nobody named yet. */
  | { readonly kind: 'passkey-sign-in'; readonly passkeyChallenge: string }
  | { readonly kind: 'totp-enrolment'; readonly holderId: string; readonly credentialId: string }
  | { readonly kind: 'passkey-enrolment'; readonly holderId: string; readonly passkeyChallenge: string }
  | { readonly kind: 'message-enrolment'; readonly holderId: string; readonly codeHash: string }
  | { readonly kind: 'first-administrator' }
  /** `passwordId`: in force when it was given; null: none. */
  | { readonly kind: 'invitation'; readonly holderId: string; readonly passwordId: string | null; /** Whoever lost every second factor begins anew. */ readonly removesFactors?: true }
  /** A code went to the phone on record; `holderId` of nobody where there was nobody to send one to. */
  | { readonly kind: 'online-enrolment'; readonly holderId: string; readonly codeHash: string }
  /** A code went to a phone or mailbox that shall be in the customer's record; the hash is of both, so that neither stands here. */
  | { readonly kind: 'contact-change'; readonly holderId: string; readonly sessionId: string; readonly codeHash: string };

export type ChallengeOf<Kind extends Challenge['kind']> = Extract<Challenge, { kind: Kind }>;

/** Tokens that are good once and not for long; only their hashes are kept. Adapters: `postgres-challenges.ts`, `testing/memory-challenges.ts`. */
export interface Challenges {
  /** Gives the token. */
  open(content: Challenge, expiresAt: Date): Promise<string>;
  /** Undefined where it was never given, is spent, too old or of another kind. */
  look<Kind extends Challenge['kind']>(kind: Kind, token: string, at: Date): Promise<ChallengeOf<Kind> | undefined>;
  /** Spends it: of several who try, one gets it. */
  take<Kind extends Challenge['kind']>(kind: Kind, token: string, at: Date): Promise<ChallengeOf<Kind> | undefined>;
  /** Only where its content is still the one that was looked at. */
  replace(token: string, seen: Challenge, content: Challenge): Promise<boolean>;
  /** Spends all of a kind, or those of one person. */
  withdraw(kind: Challenge['kind'], holderId?: string): Promise<void>;
  sweep(at: Date): Promise<void>;
}
