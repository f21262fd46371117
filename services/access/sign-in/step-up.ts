import { randomUUID } from 'node:crypto';
import { Refusal } from '../../../shared/http/context.js';
import type { ChallengeOf } from './challenges.js';
import type { SignInParts } from './parts.js';
import { newPasskeyChallenge, signInOptions } from './passkeys.js';
import type { OwnRequest } from './requests.js';
import { begunWith, proveAgain, sendChallengeCode, type Begun, type SecondProof } from './second-factor.js';
import type { SecondFactorAnswer } from './sign-in.js';
import { passkeysOf, stateOf } from './standing.js';
import { tell } from './telling.js';

const STEP_UP_LASTS_MS = 5 * 60_000;

/** Whoever is signed in is asked for a second factor again. Recovery codes are for those who lost theirs, and are none here. */
export async function beginStepUp(parts: SignInParts, { holder, sessionId, origin: { at } }: OwnRequest): Promise<Omit<SecondFactorAnswer, 'status'>> {
  const state = await stateOf(parts, holder.id);
  const kinds = [...new Set(state.factors.map(({ kind }) => kind))].filter((kind) => kind !== 'recovery-codes');
  if (kinds.length === 0) throw new Refusal({ code: 'factor_not_found', detail: 'enrol a second factor first' });
  const passkeyChallenge = newPasskeyChallenge();
  const passkeys = await passkeysOf(parts, state);
  const challenge = await parts.challenges.open(
    { kind: 'step-up', holderId: holder.id, passwordId: state.password ?? null, sessionId, passkeyChallenge, codesSent: 0 }, new Date(at.getTime() + STEP_UP_LASTS_MS));
  return {
    challenge, expiresInSeconds: STEP_UP_LASTS_MS / 1_000, kinds,
    ...(passkeys.length > 0 && { passkeyOptions: await signInOptions(parts.party, passkeyChallenge, passkeys.map(({ content }) => content)) }),
  };
}

export async function sendStepUpCode(parts: SignInParts, own: OwnRequest, challenge: string): Promise<void> {
  await sendChallengeCode(parts, challenge, await begunBy(parts, own, challenge), own.origin.at);
}

/** An access token of the same session that says so; the session stays stepped up with every later one. */
export async function stepUp(parts: SignInParts, own: OwnRequest, { challenge, proof }: { challenge: string; proof: SecondProof }): Promise<{ accessToken: string; tokenType: 'Bearer'; expiresInSeconds: number }> {
  const { holder, sessionId, origin, context } = own;
  const begun = await begunBy(parts, own, challenge);
  const kind = await proveAgain(parts, begun, proof, origin);
  if ((await parts.challenges.take('step-up', challenge, origin.at)) === undefined) throw new Refusal({ code: 'challenge_invalid' });
  const { address, device } = origin;
  await tell(parts, { ...context, commandId: randomUUID() }, holder.id, { type: 'SteppedUp', data: { ...parts.people.whose(holder.id), sessionId, proof: kind, from: { address, device } } });
  const session = await parts.sessions.stepUp(sessionId, kind, origin.at);
  if (session === undefined) throw new Refusal({ code: 'challenge_invalid' });
  const { token: accessToken, expiresInSeconds } = await parts.tokens.issue(session, origin.at);
  return { accessToken, tokenType: 'Bearer', expiresInSeconds };
}

/** In the session that it was begun in. */
async function begunBy(parts: SignInParts, { holder, sessionId, origin }: OwnRequest, challenge: string): Promise<Begun<ChallengeOf<'step-up'>>> {
  const begun = await begunWith(parts, 'step-up', challenge, origin.at);
  if (begun.content.sessionId !== sessionId || begun.holder.id !== holder.id) throw new Refusal({ code: 'challenge_invalid' });
  return begun;
}
