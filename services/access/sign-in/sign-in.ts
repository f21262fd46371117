import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { randomUUID } from 'node:crypto';
import type { FactorKind, Proof } from '../../../shared/events/access/sign-in-events.js';
import { Refusal } from '../../../shared/http/context.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import type { Holder } from './directory.js';
import { isTwofold } from './authentication.js';
import { guarded } from './guarded.js';
import { acceptPasskey, holderNamedBy, newPasskeyChallenge, signInOptions } from './passkeys.js';
import type { Origin, SignInParts } from './parts.js';
import { passkeysOf, passwordOf, stateOf } from './standing.js';
import { secondFactors, type SignInState } from './state.js';
import type { Session } from './sessions.js';
import { contextOf, tell } from './telling.js';

const CHALLENGE_LASTS_MS = 5 * 60_000;
/** Any valid namespace will do: for names that nobody has. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** What a client gets when it is in. */
export interface SignedInAnswer {
  readonly status: 'signed-in';
  readonly sessionId: string;
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  /** The session is good for nothing but to enrol one. */
  readonly secondFactorMissing?: true;
}

export interface SecondFactorAnswer {
  readonly status: 'second-factor';
  readonly challenge: string;
  readonly expiresInSeconds: number;
  readonly kinds: readonly FactorKind[];
  /** For `navigator.credentials.get`, where there are passkeys. */
  readonly passkeyOptions?: object;
}

/** The form under which attempts on a name are counted. */
export const nameOf = (username: string): string => username.normalize('NFKC').trim().toLowerCase();

/** Name and password. The same work is done whether there is such a person or not. */
export async function signInWithPassword(parts: SignInParts, { username, password }: { username: string; password: string }, origin: Origin): Promise<SignedInAnswer | SecondFactorAnswer> {
  const name = nameOf(username);
  const { holder, state } = await guarded(parts, {
    subject: { kind: 'account', name }, proof: 'pwd', origin,
    async prove() {
      const holder = await parts.directory.byUsername(name, origin.at);
      const state = await stateOf(parts, holder?.id ?? createdIdOf(NOBODY, name));
      const hash = await passwordOf(parts, state);
      const right = await parts.hashing.matches(holder && hash, password);
      return { holder, proved: right && holder ? { holder, state } : undefined };
    },
  });
  return furtherProof(parts, { holder, state }, 'pwd', origin);
}

/** One proof is there: a session, or the second factor that is still wanted. */
export async function furtherProof(parts: SignInParts, { holder, state, subjectDigest }: { holder: Holder; state: SignInState; subjectDigest?: string }, proof: 'pwd' | 'oidc', origin: Origin): Promise<SignedInAnswer | SecondFactorAnswer> {
  if (secondFactors(state).length === 0) return openSession(parts, holder, [proof], origin);
  const passkeyChallenge = newPasskeyChallenge();
  const passkeys = await passkeysOf(parts, state);
  const challenge = await parts.challenges.open(
    { kind: 'second-factor', holderId: holder.id, passwordId: state.password ?? null, ...(subjectDigest !== undefined && { subjectDigest }), passkeyChallenge, codesSent: 0 }, new Date(origin.at.getTime() + CHALLENGE_LASTS_MS));
  return {
    status: 'second-factor', challenge, expiresInSeconds: CHALLENGE_LASTS_MS / 1_000,
    kinds: [...new Set(state.factors.map(({ kind }) => kind))],
    ...(passkeys.length > 0 && { passkeyOptions: await signInOptions(parts.party, passkeyChallenge, passkeys.map(({ content }) => content)) }),
  };
}

/** What a page needs to ask for a passkey before anybody has said a name. */
export async function passkeySignInOptions(parts: SignInParts, at: Date): Promise<{ challenge: string; expiresInSeconds: number; options: object }> {
  const passkeyChallenge = newPasskeyChallenge();
  const challenge = await parts.challenges.open({ kind: 'passkey-sign-in', passkeyChallenge }, new Date(at.getTime() + CHALLENGE_LASTS_MS));
  return { challenge, expiresInSeconds: CHALLENGE_LASTS_MS / 1_000, options: await signInOptions(parts.party, passkeyChallenge, []) };
}

/** A passkey alone: it is the device and what unlocks it, two factors in one. */
export async function signInWithPasskey(parts: SignInParts, { challenge, response }: { challenge: string; response: AuthenticationResponseJSON }, origin: Origin): Promise<SignedInAnswer> {
  const begun = await parts.challenges.take('passkey-sign-in', challenge, origin.at);
  if (begun === undefined) throw new Refusal({ code: 'challenge_invalid' });
  const holder = await guarded(parts, {
    subject: undefined, proof: 'hwk', origin,
    async prove() {
      const named = holderNamedBy(response);
      const holder = named === undefined ? undefined : await parts.directory.byId(named, origin.at);
      const ids = holder === undefined ? [] : (await passkeysOf(parts, await stateOf(parts, holder.id))).map(({ id }) => id);
      const right = await acceptPasskey(parts.party, parts.credentials, ids, begun.passkeyChallenge, response);
      return { holder, proved: right ? holder : undefined };
    },
  });
  return openSession(parts, holder, ['hwk'], origin);
}

/** Always a new session with an id and tokens that nobody chose; they are given only once the log knows of it. */
export async function openSession(parts: SignInParts, holder: Holder, proofs: readonly Proof[], origin: Origin): Promise<SignedInAnswer> {
  const { address, device, at } = origin;
  const { session, refreshToken } = await parts.sessions.open({ kind: parts.people.kind, holderId: holder.id, proofs, device, place: address, at });
  await tell(parts, { ...contextOf(origin, holder), commandId: randomUUID() }, holder.id, {
    type: 'SignedIn', data: { ...parts.people.whose(holder.id), sessionId: session.id, proofs: [...proofs], from: { address, device } },
  });
  const { token: accessToken, expiresInSeconds } = await parts.tokens.issue(session, at);
  return { status: 'signed-in', sessionId: session.id, accessToken, tokenType: 'Bearer', expiresInSeconds, refreshToken, ...(lacksSecondFactor(parts, holder, session) && { secondFactorMissing: true }) };
}

/** Whether the bank asks for more than the session has proved. */
export const lacksSecondFactor = ({ secondFactor }: Pick<SignInParts, 'secondFactor'>, { passwordSuffices }: Holder, { proofs }: Pick<Session, 'proofs'>): boolean =>
  secondFactor === 'required' && passwordSuffices !== true && !isTwofold({ proofs });
