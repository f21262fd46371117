import { errors, jwtVerify, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { HOLDER_KINDS, PROOFS, type HolderKind, type Proof } from '../../../shared/events/access/sign-in-events.js';
import type { Session } from './sessions.js';
import type { SigningKeys } from './signing-keys.js';

export const ACCESS_TOKEN_LASTS_S = 300;
const AUDIENCE = 'passbook-api';
const TYPE = 'at+jwt'; // RFC 9068
/** Processes' clocks differ a little. */
const LEEWAY_S = 5;

/** In `acr`: `auth_time` is then when a second factor was proved again. */
const STEPPED_UP = 'urn:passbook:stepped-up';

const claimsSchema = z.object({ kind: z.enum(HOLDER_KINDS), sub: z.uuid(), sid: z.uuid(), amr: z.array(z.enum(PROOFS)).min(1), auth_time: z.int(), exp: z.int(), acr: z.literal(STEPPED_UP).optional() });

/** What a token says once it is known to be ours and in its time; whether its session still stands is asked elsewhere. */
export interface AccessClaims {
  readonly kind: HolderKind;
  readonly holderId: string;
  readonly sessionId: string;
  readonly proofs: readonly Proof[];
  /** Or proved a second factor again. */
  readonly signedInAt: Date;
  readonly steppedUp: boolean;
  readonly expiresAt: Date;
}

export interface AccessTokens {
  issue(session: Session, at: Date): Promise<{ readonly token: string; readonly expiresInSeconds: number }>;
  /** Undefined where it is not ours, not for this bank's API, altered, too old or not signed by a key that is in force. */
  verify(token: string, at: Date): Promise<AccessClaims | undefined>;
}

/** `issuer`: the bank's name in its tokens. Tokens that were verified are remembered for as long as they are good: most requests come with one that was seen. */
export function createAccessTokens(keys: SigningKeys, issuer: string): AccessTokens {
  const verified = new LRUCache<string, AccessClaims>({ max: 10_000 });
  return {
    async issue({ id, kind, holderId, proofs, openedAt, expiresAt, steppedUpAt }, at) {
      const now = Math.floor(at.getTime() / 1_000);
      const exp = Math.min(now + ACCESS_TOKEN_LASTS_S, Math.floor(expiresAt.getTime() / 1_000));
      const { kid, key } = await keys.signing(at);
      const token = await new SignJWT({ kind, sid: id, amr: [...proofs], auth_time: Math.floor((steppedUpAt ?? openedAt).getTime() / 1_000), ...(steppedUpAt && { acr: STEPPED_UP }) })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: TYPE })
        .setSubject(holderId).setIssuer(issuer).setAudience(AUDIENCE).setJti(randomUUID()).setIssuedAt(now).setExpirationTime(exp)
        .sign(key);
      return { token, expiresInSeconds: exp - now };
    },

    async verify(token, at) {
      const seen = verified.get(token);
      if (seen !== undefined) return at < seen.expiresAt ? seen : undefined;
      try {
        const { payload } = await jwtVerify(token, async ({ kid }) => {
          const key = typeof kid === 'string' ? await keys.verifying(kid, at) : undefined;
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        }, { algorithms: ['EdDSA'], issuer, audience: AUDIENCE, typ: TYPE, requiredClaims: ['sub', 'sid', 'exp', 'iat'], currentDate: at, clockTolerance: LEEWAY_S });
        const { kind, sub, sid, amr, auth_time, exp, acr } = claimsSchema.parse(payload);
        const claims = { kind, holderId: sub, sessionId: sid, proofs: amr, signedInAt: new Date(auth_time * 1_000), steppedUp: acr !== undefined, expiresAt: new Date((exp + LEEWAY_S) * 1_000) };
        verified.set(token, claims);
        return claims;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
        throw error; // an outage of the keys' store is no forged token
      }
    },
  };
}
