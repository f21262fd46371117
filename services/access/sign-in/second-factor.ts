import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { FactorKind, Proof } from '../../../shared/events/access/sign-in-events.js';
import { Refusal } from '../../../shared/http/context.js';
import type { ChallengeOf } from './challenges.js';
import type { Holder } from './directory.js';
import { guarded } from './guarded.js';
import { hashOfMessageCode, newMessageCode, sameHash } from './message-codes.js';
import { acceptPasskey } from './passkeys.js';
import type { Origin, SignInParts } from './parts.js';
import { acceptRecoveryCode } from './recovery-codes.js';
import { openSession, type SignedInAnswer } from './sign-in.js';
import { stateOf } from './standing.js';
import type { SignInState } from './state.js';
import { contextOf, tell } from './telling.js';
import { acceptTotp } from './totp.js';

export type SecondProof =
  | { readonly kind: 'totp' | 'message' | 'recovery-codes'; readonly code: string }
  | { readonly kind: 'passkey'; readonly response: AuthenticationResponseJSON };

const PROOF_OF: Readonly<Record<FactorKind, Proof>> = { totp: 'otp', passkey: 'hwk', message: 'sms', 'recovery-codes': 'rec' };
const MOST_CODES_SENT = 3;

/** What a second factor answers: a sign-in, or a step-up within one. */
export type Asked = 'second-factor' | 'step-up';

export interface Begun<Content extends ChallengeOf<Asked> = ChallengeOf<Asked>> {
  readonly content: Content;
  readonly holder: Holder;
  readonly state: SignInState;
}

/** The second step, of the sign-in that the challenge names. A challenge opens one session. */
export async function signInWithSecondFactor(parts: SignInParts, { challenge, proof }: { challenge: string; proof: SecondProof }, origin: Origin): Promise<SignedInAnswer> {
  const begun = await begunWith(parts, 'second-factor', challenge, origin.at);
  const kind = await proveAgain(parts, begun, proof, origin);
  if ((await parts.challenges.take('second-factor', challenge, origin.at)) === undefined) throw new Refusal({ code: 'challenge_invalid' });
  return openSession(parts, begun.holder, [begun.content.subjectDigest === undefined ? 'pwd' : 'oidc', kind], origin);
}

/** Throws Refusal where it proves nothing; tells what it was. */
export async function proveAgain(parts: SignInParts, begun: Begun, proof: SecondProof, origin: Origin): Promise<Proof> {
  const { holder } = begun;
  const kind = PROOF_OF[proof.kind];
  await guarded(parts, {
    subject: { kind: 'factor', name: holder.id }, proof: kind, origin,
    prove: async () => ({ holder, proved: (await accepted(parts, begun, proof, origin)) || undefined }),
  });
  return kind;
}

/** Sends a code to where the bank knows that the person is; the last one sent is the one that counts. */
export async function sendChallengeCode(parts: SignInParts, challenge: string, { content, holder, state }: Begun, at: Date): Promise<void> {
  if (!state.factors.some(({ kind }) => kind === 'message')) throw new Refusal({ code: 'message_not_sent', detail: 'no codes were agreed on' });
  if (content.codesSent >= MOST_CODES_SENT) throw new Refusal({ code: 'too_many_attempts', detail: `${MOST_CODES_SENT} codes were sent; begin anew` }, 60);
  const code = newMessageCode();
  const next = { ...content, codeHash: hashOfMessageCode(parts.secret, content.passkeyChallenge, code), codesSent: content.codesSent + 1 };
  if (!(await parts.challenges.replace(challenge, content, next))) throw new Refusal({ code: 'challenge_invalid' });
  if (!(await parts.sendCode({ holderId: holder.id, code, at }))) throw new Refusal({ code: 'message_not_sent' });
}

/** Throws Refusal `challenge_invalid` also where the password was changed or the person suspended meanwhile, or the subject unlinked. */
export async function begunWith<Kind extends Asked>(parts: SignInParts, kind: Kind, challenge: string, at: Date): Promise<Begun<ChallengeOf<Kind>>> {
  const content: ChallengeOf<Kind> | undefined = await parts.challenges.look(kind, challenge, at);
  const { holderId, passwordId, subjectDigest: linked } = (content ?? {}) as Partial<ChallengeOf<'second-factor'>>;
  const holder = holderId === undefined ? undefined : await parts.directory.byId(holderId, at);
  const state = holder && (await stateOf(parts, holder.id));
  if (!content || !holder || !state || (state.password ?? null) !== passwordId) throw new Refusal({ code: 'challenge_invalid' });
  if (linked !== undefined && (await parts.directory.bySubject(linked, at))?.id !== holderId) throw new Refusal({ code: 'challenge_invalid' });
  return { content, holder, state };
}

async function accepted(parts: SignInParts, { content, holder, state }: Begun, proof: SecondProof, origin: Origin): Promise<boolean> {
  const factors = state.factors.filter(({ kind }) => kind === proof.kind);
  if (factors.length === 0) return false;
  switch (proof.kind) {
    case 'totp': {
      for (const { credentialId } of factors) if (await acceptTotp(parts.credentials, credentialId, proof.code, origin.at)) return true;
      return false;
    }
    case 'message':
      return content.codeHash !== undefined && sameHash(content.codeHash, hashOfMessageCode(parts.secret, content.passkeyChallenge, proof.code));
    case 'passkey':
      return acceptPasskey(parts.party, parts.credentials, factors.map(({ credentialId }) => credentialId), content.passkeyChallenge, proof.response);
    case 'recovery-codes': {
      const [{ id: factorId, credentialId }] = factors as [(typeof factors)[number]];
      const left = await acceptRecoveryCode(parts.credentials, parts.secret, credentialId, proof.code);
      if (left === undefined) return false;
      await tell(parts, contextOf(origin, holder), holder.id, { type: 'RecoveryCodeUsed', data: { ...parts.people.whose(holder.id), factorId, left } });
      return true;
    }
  }
}
