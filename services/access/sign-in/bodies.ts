import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { classified, internal } from '../../../shared/access/classified.js';
import { FACTOR_KINDS, PROOFS } from '../../../shared/events/access/sign-in-events.js';
import { PASSWORD_LEAST, PASSWORD_MOST } from './password-rules.js';

/** Checked for length only: a wrong one is wrong, whatever its form. */
const presented = (most: number) => z.string().min(1).max(most);
const token = presented(200);
const code = z.string().trim().regex(/^\d{6}$/, 'must be six digits');
const username = presented(64);
const newPassword = z.string().min(PASSWORD_LEAST).max(PASSWORD_MOST);
const label = z.string().trim().max(50).optional().meta({ description: 'By which its owner tells it from others' });

/** Looked into by the WebAuthn library; here only kept small. */
const base64url = (most: number) => z.string().max(most).regex(/^[\w-]*$/, 'must be base64url');
const credential = { id: base64url(1_500), rawId: base64url(1_500), type: z.literal('public-key'), authenticatorAttachment: z.string().max(40).nullish(), clientExtensionResults: z.record(z.string().max(50), z.unknown()) };
const assertion = z.strictObject({
  ...credential,
  response: z.strictObject({ clientDataJSON: base64url(4_000), authenticatorData: base64url(4_000), signature: base64url(2_000), userHandle: base64url(200).nullish() }),
}).transform((value) => value as unknown as AuthenticationResponseJSON);
const attestation = z.strictObject({
  ...credential,
  response: z.strictObject({
    clientDataJSON: base64url(4_000), attestationObject: base64url(20_000), authenticatorData: base64url(20_000).optional(),
    transports: z.array(z.string().max(40)).max(10).optional(), publicKeyAlgorithm: z.int().optional(), publicKey: base64url(4_000).optional(),
  }),
}).transform((value) => value as unknown as RegistrationResponseJSON);

export const signInBody = z.strictObject({ username, password: presented(PASSWORD_MOST) });
export const secondFactorBody = z.strictObject({
  challenge: token,
  proof: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('totp'), code }),
    z.strictObject({ kind: z.literal('message'), code }),
    z.strictObject({ kind: z.literal('recovery-codes'), code: presented(40) }),
    z.strictObject({ kind: z.literal('passkey'), response: assertion }),
  ]),
});
export const stepUpBody = z.strictObject({
  challenge: token,
  proof: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('totp'), code }),
    z.strictObject({ kind: z.literal('message'), code }),
    z.strictObject({ kind: z.literal('passkey'), response: assertion }),
  ]),
});
export const challengeBody = z.strictObject({ challenge: token });
export const passkeySignInBody = z.strictObject({ challenge: token, response: assertion });
export const openIdSignInBody = z.strictObject({ challenge: token, code: presented(2_000), state: presented(200), iss: presented(500).optional() });
export const refreshBody = z.strictObject({ refreshToken: token });
export const passwordBody = z.strictObject({ current: presented(PASSWORD_MOST), password: newPassword });
export const beginFactorBody = z.strictObject({ label });
export const confirmCodeBody = z.strictObject({ enrolment: token, code });
export const confirmPasskeyBody = z.strictObject({ enrolment: token, response: attestation, label });
export const firstAdministratorBody = z.strictObject({ token, username, name: z.string().trim().min(1).max(200), password: newPassword });
export const acceptInvitationBody = z.strictObject({ token, password: newPassword });

const opaque = internal(z.string());
/** For the browser's WebAuthn functions, passed on as they are. */
const webauthnOptions = internal(z.any()).meta({ description: 'For parseCreationOptionsFromJSON or parseRequestOptionsFromJSON' });

export const signedInSchema = z.object({
  status: z.literal('signed-in'), sessionId: z.uuid(), accessToken: opaque, tokenType: z.literal('Bearer'), expiresInSeconds: z.int(), refreshToken: opaque,
  secondFactorMissing: z.literal(true).optional().meta({ description: 'The session can do nothing but enrol a second factor; sign in again with it' }),
}).meta({ id: 'SignedIn', description: 'accessToken: Authorization: Bearer …; refreshToken: once, for the next two' });
export const secondFactorSchema = z.object({
  status: z.literal('second-factor'), challenge: opaque, expiresInSeconds: z.int(), kinds: z.array(z.enum(FACTOR_KINDS)), passkeyOptions: webauthnOptions.optional(),
}).meta({ id: 'SecondFactorWanted' });
export const stepUpAskedSchema = secondFactorSchema.omit({ status: true }).meta({ id: 'StepUpAsked' });
export const steppedUpSchema = z.object({ accessToken: opaque, tokenType: z.literal('Bearer'), expiresInSeconds: z.int() }).meta({ id: 'SteppedUp', description: 'accessToken: of the same session, with a fresh second factor' });
export const signInAnswerSchema = z.discriminatedUnion('status', [signedInSchema, secondFactorSchema]);
export const passkeyOptionsSchema = z.object({ challenge: opaque, expiresInSeconds: z.int(), options: webauthnOptions });
export const openIdBegunSchema = z.object({ challenge: opaque, expiresInSeconds: z.int(), authorizationUrl: opaque }).meta({ id: 'OpenIdSignInBegun', description: 'challenge: kept by the browser that goes to authorizationUrl, for the answer' });
export const doneSchema = z.object({ status: z.enum(['done', 'sent']) });
export const sessionsSchema = z.object({
  items: z.array(z.object({
    id: z.uuid(), current: z.boolean(), device: opaque, place: opaque, proofs: z.array(z.enum(PROOFS)), openedAt: z.iso.datetime(), lastUsedAt: z.iso.datetime(), expiresAt: z.iso.datetime(),
  })),
});
export const passwordAnswerSchema = z.object({ status: z.literal('done'), sessionsEnded: z.int() });
export const factorsSchema = z.object({
  items: z.array(z.object({ id: z.uuid(), kind: z.enum(FACTOR_KINDS), label: opaque.optional(), left: z.int().optional().meta({ description: 'Recovery codes not used yet' }), enrolledAt: z.iso.datetime() })),
});
export const enrolledSchema = z.object({ id: z.uuid() });
export const totpEnrolmentSchema = z.object({ enrolment: opaque, secret: opaque, uri: opaque, qrSvg: opaque });
export const passkeyEnrolmentSchema = z.object({ enrolment: opaque, options: webauthnOptions });
export const enrolmentSchema = z.object({ enrolment: opaque });
export const recoveryCodesSchema = z.object({ id: z.uuid(), codes: z.array(opaque) });
export const jwksSchema = z.object({ keys: z.array(z.any()) });
export const invitationSchema = z.object({
  token: opaque, why: z.enum(['first', 'reset']), expiresAt: z.iso.datetime(), sent: z.boolean().meta({ description: 'Whether it was also sent to the person' }),
}).meta({ id: 'Invitation', description: 'token: for POST /v1/invitations; shown once' });
export const administratorSchema = z.object({ id: z.uuid() });

export const lostFactorsBody = z.strictObject({
  reason: classified(z.string().trim().min(1).max(500), 'staff').meta({ description: 'How it was seen who it is; who approves reads it, and it stands in the log' }),
});
