import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';

/** Stream "signin-<staffId>": which secrets are in force and how somebody signed in. Secrets themselves are in no event: `credentialId` names a sealed row. */
const module = 'access';
const staffId = idSchema;

export const FACTOR_KINDS = ['totp', 'passkey', 'message', 'recovery-codes'] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/** As in RFC 8176: pwd password, otp a code of an app, hwk a passkey, sms a code sent, rec a recovery code. */
export const PROOFS = ['pwd', 'otp', 'hwk', 'sms', 'rec'] as const;
export type Proof = (typeof PROOFS)[number];

export const SESSION_ENDS = ['signed-out', 'ended-by-holder', 'ended-by-other', 'refresh-token-reused', 'password-changed', 'factors-changed'] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

/** Where a request came from and with what. */
const from = personal(z.strictObject({ address: z.string().max(64), device: z.string().max(200) }));

export const PasswordSet = defineEvent({ module, type: 'PasswordSet', shape: { staffId, credentialId: idSchema, why: z.enum(['first', 'changed', 'reset']) } });
export const FactorEnrolled = defineEvent({ module, type: 'FactorEnrolled', shape: { staffId, factorId: idSchema, kind: z.enum(FACTOR_KINDS), credentialId: idSchema } });
export const FactorRemoved = defineEvent({ module, type: 'FactorRemoved', shape: { staffId, factorId: idSchema } });
export const RecoveryCodeUsed = defineEvent({ module, type: 'RecoveryCodeUsed', shape: { staffId, factorId: idSchema, left: z.int().min(0) } });
export const SignedIn = defineEvent({ module, type: 'SignedIn', shape: { staffId, sessionId: idSchema, proofs: z.array(z.enum(PROOFS)).min(1).max(4), from } });
/** At most as many as the limits of attempts let through (docs of services/access/sign-in). */
export const SignInFailed = defineEvent({ module, type: 'SignInFailed', shape: { staffId, proof: z.enum(PROOFS), failures: z.int().min(1), from } });
export const LockedOut = defineEvent({ module, type: 'LockedOut', shape: { staffId, until: timeSchema, from } });
export const SessionRevoked = defineEvent({ module, type: 'SessionRevoked', shape: { staffId, sessionId: idSchema, why: z.enum(SESSION_ENDS) } });
/** Somebody else lets them set a password; the log's actor is who. */
export const Invited = defineEvent({ module, type: 'Invited', shape: { staffId, why: z.enum(['first', 'reset']), until: timeSchema } });

export const signInEvents = [PasswordSet, FactorEnrolled, FactorRemoved, RecoveryCodeUsed, SignedIn, SignInFailed, LockedOut, SessionRevoked, Invited] as const;
export type SignInEvent = EventOf<(typeof signInEvents)[number]>;
