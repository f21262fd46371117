import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';
import { usernameSchema } from './values.js';

/**
 * Streams "signin-<staffId>" and "customersignin-<customerId>": which secrets are in force and how somebody signed in. Secrets themselves are in no event:
 * `credentialId` names a sealed row.
 */
const module = 'access';
/** One of the two; whatever is personal beside it is sealed under that person's key. */
const whose = { staffId: idSchema.optional(), customerId: idSchema.optional() };

/** Version 1 was of staff alone. */
const signInEvent = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  defineEvent({ module, type, shape: { ...whose, ...shape }, before: [{ shape: { staffId: idSchema, ...shape }, upcast: (data) => data }] });

/** Who can sign in. Programs have keys. */
export const HOLDER_KINDS = ['staff', 'customer'] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

export const FACTOR_KINDS = ['totp', 'passkey', 'message', 'recovery-codes'] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/** As in RFC 8176: pwd password, otp a code of an app, hwk a passkey, sms a code sent, rec a recovery code, mfa several that an OpenID provider saw; oidc: that provider. */
export const PROOFS = ['pwd', 'otp', 'hwk', 'sms', 'rec', 'oidc', 'mfa'] as const;
export type Proof = (typeof PROOFS)[number];

export const SESSION_ENDS = ['signed-out', 'ended-by-holder', 'ended-by-other', 'refresh-token-reused', 'password-changed', 'factors-changed'] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

/** Where a request came from and with what. */
const from = personal(z.strictObject({ address: z.string().max(64), device: z.string().max(200) }));

export const PasswordSet = signInEvent('PasswordSet', { credentialId: idSchema, why: z.enum(['first', 'changed', 'reset']) });
export const FactorEnrolled = signInEvent('FactorEnrolled', { factorId: idSchema, kind: z.enum(FACTOR_KINDS), credentialId: idSchema });
export const FactorRemoved = signInEvent('FactorRemoved', { factorId: idSchema });
export const RecoveryCodeUsed = signInEvent('RecoveryCodeUsed', { factorId: idSchema, left: z.int().min(0) });
export const SignedIn = signInEvent('SignedIn', { sessionId: idSchema, proofs: z.array(z.enum(PROOFS)).min(1).max(4), from });
/** A second factor was proved again, within a session. */
export const SteppedUp = defineEvent({ module, type: 'SteppedUp', shape: { ...whose, sessionId: idSchema, proof: z.enum(PROOFS), from } });
/** At most as many as the limits of attempts let through (docs of services/access/sign-in). */
export const SignInFailed = signInEvent('SignInFailed', { proof: z.enum(PROOFS), failures: z.int().min(1), from });
export const LockedOut = signInEvent('LockedOut', { until: timeSchema, from });
export const SessionRevoked = signInEvent('SessionRevoked', { sessionId: idSchema, why: z.enum(SESSION_ENDS) });
/** Somebody else lets them set a password; the log's actor is who. */
export const Invited = signInEvent('Invited', { why: z.enum(['first', 'reset']), until: timeSchema });
/** Two others agreed, before all second factors were removed in the same append, that this person lost them; the log's actor and approver are who. */
export const FactorsLost = defineEvent({ module, type: 'FactorsLost', shape: { ...whose, reason: personal(z.string().min(1).max(500)) } });
/** The name a customer signs in with from now on. Staff's is the access module's. */
export const SignInNameChosen = defineEvent({ module, type: 'SignInNameChosen', shape: { customerId: idSchema, username: personal(usernameSchema) } });

/** A transfer to this account was made with a fresh second factor: the next ones need none for it being new. */
export const PayeeTrusted = defineEvent({ module, type: 'PayeeTrusted', shape: { customerId: idSchema, accountId: idSchema } });

export const signInEvents = [
  PasswordSet, FactorEnrolled, FactorRemoved, RecoveryCodeUsed, SignedIn, SignInFailed, LockedOut, SessionRevoked, Invited, FactorsLost, SignInNameChosen,
  SteppedUp, PayeeTrusted,
] as const;
export type SignInEvent = EventOf<(typeof signInEvents)[number]>;

/**
 * In a "customername-<bucket>" stream: a customer has this name to sign in with. The bucket says too little to find anybody by; a name whose customer was
 * erased cannot be read any more, and is free.
 */
export const CustomerNameClaimed = defineEvent({ module, type: 'CustomerNameClaimed', shape: { customerId: idSchema, username: personal(usernameSchema) } });
export type CustomerNameEvent = EventOf<typeof CustomerNameClaimed>;
