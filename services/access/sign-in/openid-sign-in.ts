import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../../../shared/http/context.js';
import { guarded } from './guarded.js';
import type { Expected, OpenIdProvider } from './openid-provider.js';
import type { Origin, SignInParts } from './parts.js';
import { furtherProof, openSession, type SecondFactorAnswer, type SignedInAnswer } from './sign-in.js';
import { stateOf } from './standing.js';

const BEGUN_LASTS_MS = 10 * 60_000;

const derived = (secret: Buffer, ...what: string[]): string => createHmac('sha256', secret).update(JSON.stringify(what)).digest('base64url');

/** Under which a subject stands in the log: it says nobody's name, and cannot be looked up without the bank's secret. */
export const subjectDigest = (secret: Buffer, issuer: string, subject: string): string => derived(secret, 'openid-subject', issuer, subject);

/** Nothing but the token's hash is kept: whoever reads the table can neither answer in the browser's place nor redeem its code. */
const expectedOf = (secret: Buffer, challenge: string): Expected =>
  ({ state: derived(secret, 'openid-state', challenge), nonce: derived(secret, 'openid-nonce', challenge), verifier: derived(secret, 'openid-verifier', challenge) });

function providerOf({ openIdProvider }: SignInParts): OpenIdProvider {
  if (openIdProvider === undefined) throw new Refusal({ code: 'openid_connect_off' });
  return openIdProvider;
}

/** The browser keeps `challenge` and goes to the URL; only who has both that and what the provider sends back gets in. */
export async function beginOpenIdSignIn(parts: SignInParts, at: Date): Promise<{ challenge: string; expiresInSeconds: number; authorizationUrl: string }> {
  const provider = providerOf(parts);
  const challenge = await parts.challenges.open({ kind: 'openid-sign-in' }, new Date(at.getTime() + BEGUN_LASTS_MS));
  return { challenge, expiresInSeconds: BEGUN_LASTS_MS / 1_000, authorizationUrl: await provider.authorizationUrl(expectedOf(parts.secret, challenge)) };
}

/** For staff whose subject an administrator linked; nobody is made here, and nothing the provider says gives rights. Its answer is good once, whatever comes of it. */
export async function signInWithOpenId(
  parts: SignInParts, { challenge, ...answer }: { challenge: string; code: string; state: string; iss?: string | undefined }, origin: Origin,
): Promise<SignedInAnswer | SecondFactorAnswer> {
  const provider = providerOf(parts);
  const begun = await parts.challenges.take('openid-sign-in', challenge, origin.at);
  const expected = expectedOf(parts.secret, challenge);
  if (begun === undefined || !same(expected.state, answer.state)) throw new Refusal({ code: 'challenge_invalid' });
  const vouched = await provider.vouchedFor(answer, expected);
  const digest = vouched && subjectDigest(parts.secret, provider.issuer, vouched.subject);
  const holder = await guarded(parts, {
    subject: undefined, proof: 'oidc', origin,
    async prove() {
      const holder = digest === undefined ? undefined : await parts.directory.bySubject(digest, origin.at);
      return { holder, proved: holder };
    },
  });
  if (vouched!.secondFactor) return openSession(parts, holder, ['oidc', 'mfa'], origin);
  return furtherProof(parts, { holder, state: await stateOf(parts, holder.id), subjectDigest: digest! }, 'oidc', origin);
}

const same = (one: string, other: string): boolean => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other.replace(/[^\x21-\x7e]/g, '?')));
