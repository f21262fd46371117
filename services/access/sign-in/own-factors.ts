import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import { randomUUID } from 'node:crypto';
import type { FactorKind, Proof } from '../../../shared/events/access/sign-in-events.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import type { ChallengeOf } from './challenges.js';
import { decideEnrolFactor, decideRemoveFactor, decideRemoveFactors } from './decider.js';
import type { Holder } from './directory.js';
import { guarded } from './guarded.js';
import { hashOfMessageCode, newMessageCode, sameHash } from './message-codes.js';
import { enrolledPasskey, enrolmentOptions, newPasskeyChallenge } from './passkeys.js';
import type { Origin, SignInParts } from './parts.js';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-codes.js';
import { passkeysOf, stateOf } from './standing.js';
import { secondFactors } from './state.js';
import { endSessions } from './telling.js';
import { acceptTotp, newTotp, totpEnrolment } from './totp.js';

const ENROLMENT_LASTS_MS = 10 * 60_000;

/** Whoever changes the own factors, in a session that was opened just now. */
export interface Self {
  readonly holder: Holder;
  readonly sessionId: string;
  readonly origin: Origin;
  readonly context: CommandContext;
}

type Enrolment = 'totp-enrolment' | 'passkey-enrolment' | 'message-enrolment';
const expiry = (at: Date): Date => new Date(at.getTime() + ENROLMENT_LASTS_MS);

export async function beginTotp(parts: SignInParts, { holder, context: { at } }: Self, label: string) {
  const content = newTotp(label);
  const credentialId = await parts.credentials.add(holder.id, content, at);
  const enrolment = await parts.challenges.open({ kind: 'totp-enrolment', holderId: holder.id, credentialId }, expiry(at));
  return { enrolment, secret: content.secret, ...totpEnrolment(content, { issuer: parts.party.name, username: holder.username }) };
}

/** Counts from the moment the app has shown that it knows the secret. */
export async function confirmTotp(parts: SignInParts, self: Self, { enrolment, code }: { enrolment: string; code: string }): Promise<string> {
  const { credentialId } = await begunBy(parts, self, 'totp-enrolment', enrolment);
  await proving(parts, self, 'otp', () => acceptTotp(parts.credentials, credentialId, code, self.origin.at));
  await parts.challenges.take('totp-enrolment', enrolment, self.origin.at);
  return enrol(parts, self, 'totp', credentialId, 'otp');
}

export async function beginPasskey(parts: SignInParts, { holder, context: { at } }: Self) {
  const passkeyChallenge = newPasskeyChallenge();
  const enrolled = (await passkeysOf(parts, await stateOf(parts, holder.id))).map(({ content }) => content);
  const enrolment = await parts.challenges.open({ kind: 'passkey-enrolment', holderId: holder.id, passkeyChallenge }, expiry(at));
  return { enrolment, options: await enrolmentOptions(parts.party, passkeyChallenge, holder, enrolled) };
}

export async function confirmPasskey(parts: SignInParts, self: Self, { enrolment, response, label }: { enrolment: string; response: RegistrationResponseJSON; label: string }): Promise<string> {
  await begunBy(parts, self, 'passkey-enrolment', enrolment);
  const begun = await parts.challenges.take('passkey-enrolment', enrolment, self.origin.at);
  const content = begun && (await enrolledPasskey(parts.party, begun.passkeyChallenge, response, label));
  if (content === undefined) throw new Refusal({ code: 'enrolment_failed' });
  return enrol(parts, self, 'passkey', await parts.credentials.add(self.holder.id, content, self.origin.at), 'hwk');
}

export async function beginMessages(parts: SignInParts, { holder, context: { at } }: Self): Promise<{ enrolment: string }> {
  const code = newMessageCode();
  if (!(await parts.sendCode({ holderId: holder.id, code, at }))) throw new Refusal({ code: 'message_not_sent' });
  return { enrolment: await parts.challenges.open({ kind: 'message-enrolment', holderId: holder.id, codeHash: hashOfMessageCode(parts.secret, holder.id, code) }, expiry(at)) };
}

export async function confirmMessages(parts: SignInParts, self: Self, { enrolment, code }: { enrolment: string; code: string }): Promise<string> {
  const { codeHash } = await begunBy(parts, self, 'message-enrolment', enrolment);
  await proving(parts, self, 'sms', async () => sameHash(codeHash, hashOfMessageCode(parts.secret, self.holder.id, code)));
  if ((await parts.challenges.take('message-enrolment', enrolment, self.origin.at)) === undefined) throw new Refusal({ code: 'challenge_invalid' });
  return enrol(parts, self, 'message', await parts.credentials.add(self.holder.id, { kind: 'message', label: '' }, self.origin.at), 'sms');
}

/** Shown once; those given before are worth nothing any more. */
export async function giveRecoveryCodes(parts: SignInParts, self: Self): Promise<{ id: string; codes: readonly string[] }> {
  const codes = newRecoveryCodes();
  const credentialId = await parts.credentials.add(self.holder.id, { kind: 'recovery-codes', unused: codes.map((code) => hashOfRecoveryCode(parts.secret, code)) }, self.origin.at);
  return { id: await enrol(parts, self, 'recovery-codes', credentialId), codes };
}

/** Sessions elsewhere end with it. */
export async function removeFactor(parts: SignInParts, { holder, sessionId, context }: Self, factorId: string): Promise<void> {
  const mayBeLast = parts.secondFactor !== 'required';
  await parts.records.execute(parts.people.record, holder.id, context, ({ state }) => decideRemoveFactor(state, { whose: parts.people.whose(holder.id), factorId, mayBeLast }));
  await endSessions(parts, { holderId: holder.id, except: sessionId }, 'factors-changed', context);
}

export async function removeFactors(parts: SignInParts, holderId: string, context: CommandContext): Promise<void> {
  await parts.records.execute(parts.people.record, holderId, { ...context, commandId: randomUUID(), repeatable: false }, ({ state }) => decideRemoveFactors(state, parts.people.whose(holderId)));
}

async function begunBy<Kind extends Enrolment>(parts: SignInParts, { holder, origin }: Self, kind: Kind, enrolment: string): Promise<ChallengeOf<Kind>> {
  const begun: ChallengeOf<Kind> | undefined = await parts.challenges.look(kind, enrolment, origin.at);
  if (begun === undefined || (begun as ChallengeOf<Enrolment>).holderId !== holder.id) throw new Refusal({ code: 'challenge_invalid' });
  return begun;
}

const proving = (parts: SignInParts, { holder, origin }: Self, proof: Proof, prove: () => Promise<boolean>): Promise<true> =>
  guarded(parts, { subject: { kind: 'factor', name: holder.id }, proof, origin, prove: async () => ({ holder, proved: (await prove()) || undefined }) });

/** With the first one, sessions end that were opened elsewhere with the password alone. */
async function enrol(parts: SignInParts, { holder, sessionId, context }: Self, kind: FactorKind, credentialId: string, proof?: Proof): Promise<string> {
  const factorId = randomUUID();
  let first = false;
  await parts.records.execute(parts.people.record, holder.id, context, ({ state }) => {
    first = kind !== 'recovery-codes' && secondFactors(state).length === 0;
    return decideEnrolFactor(state, { whose: parts.people.whose(holder.id), factorId, kind, credentialId });
  });
  if (proof !== undefined) await parts.sessions.addProof(sessionId, proof);
  if (first) await endSessions(parts, { holderId: holder.id, except: sessionId }, 'factors-changed', context);
  return factorId;
}
