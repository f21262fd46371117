import {
  allowInsecureRequests, authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, ClientError, ClientSecretBasic, ClientSecretPost, discovery, enableNonRepudiationChecks, ResponseBodyError,
  type ClientAuth, type Configuration,
} from 'openid-client';
import type { Logger } from 'pino';
import { Refusal } from '../../../shared/http/context.js';

export interface OpenIdProviderOptions {
  /** As the provider calls itself; nothing else is believed. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends the browser back to, as it is registered there. */
  readonly redirectUrl: string;
  /** Claims of which any one says that the provider saw a second factor; where none is given it never did. */
  readonly secondFactor: { readonly acr: readonly string[]; readonly amr: readonly string[] };
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** What only the browser that began, and this bank, can know. */
export interface Expected {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Vouched {
  readonly subject: string;
  readonly secondFactor: boolean;
}

/** Both throw Refusal `outage` where the provider cannot be asked. */
export interface OpenIdProvider {
  readonly issuer: string;
  authorizationUrl(expected: Expected): Promise<string>;
  /** Exchanges the code; undefined where what the provider answers proves nothing. Nothing of it gives rights. */
  vouchedFor(answer: { readonly code: string; readonly state: string; readonly iss?: string | undefined }, expected: Expected): Promise<Vouched | undefined>;
}

const TIMEOUT_SECONDS = 10;
const DISCOVERED_FOR_MS = 3_600_000;
/** Whoever signed in there longer ago does so again: a session here counts as a fresh sign-in. */
const MOST_AGE_SECONDS = 300;
/** Its answer could not be had or read, or it does not know this bank: not the fault of whoever signs in. */
const OUTAGES: ReadonlySet<string | undefined> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR']);

/** Authorization code with PKCE, state and nonce; the ID token's signature is checked although it comes over TLS. */
export function createOpenIdProvider({ issuer, clientId, clientSecret, redirectUrl, secondFactor, logger }: OpenIdProviderOptions): OpenIdProvider {
  let found: { readonly configuration: Promise<Configuration>; readonly at: number } | undefined;

  async function configuration(): Promise<Configuration> {
    if (found === undefined || performance.now() - found.at > DISCOVERED_FOR_MS) {
      const asked = discovery(new URL(issuer), clientId, {}, authentication(clientSecret), {
        timeout: TIMEOUT_SECONDS, execute: [enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [allowInsecureRequests] : [])],
      });
      const mine = (found = { configuration: asked, at: performance.now() });
      asked.catch(() => void (found === mine && (found = undefined)));
    }
    try {
      return await found.configuration;
    } catch (error) {
      throw outage(error);
    }
  }

  function outage(error: unknown): Refusal {
    // Not the error itself: its cause may hold what the provider answered.
    logger.error({ reason: error instanceof Error ? error.message : 'unknown', code: (error as { code?: unknown }).code }, 'the OpenID provider cannot be asked');
    return new Refusal({ code: 'outage', detail: 'the OpenID provider cannot be asked at this moment' });
  }

  return {
    issuer,
    async authorizationUrl({ state, nonce, verifier }) {
      return buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUrl, scope: 'openid', state, nonce, code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', max_age: String(MOST_AGE_SECONDS),
        ...(secondFactor.acr.length > 0 && { acr_values: secondFactor.acr.join(' ') }),
      }).href;
    },
    async vouchedFor({ code, state, iss }, expected) {
      const known = await configuration();
      const back = new URL(redirectUrl);
      for (const [name, value] of Object.entries({ code, state, iss })) if (value !== undefined) back.searchParams.set(name, value);
      try {
        const claims = (await authorizationCodeGrant(known, back, {
          expectedState: expected.state, expectedNonce: expected.nonce, pkceCodeVerifier: expected.verifier, idTokenExpected: true, maxAge: MOST_AGE_SECONDS,
        })).claims();
        // Of some providers the library takes a template for an issuer.
        if (claims === undefined || claims.iss !== known.serverMetadata().issuer || !sameIssuer(claims.iss, issuer)) return undefined;
        return { subject: claims.sub, secondFactor: saw(secondFactor, claims) };
      } catch (error) {
        if (isOutage(error)) throw outage(error);
        logger.warn({ reason: (error as Error).message, code: (error as { code?: unknown }).code }, 'what the OpenID provider answered proves nothing');
        return undefined;
      }
    },
  };
}

const sameIssuer = (one: string, other: string): boolean => new URL(one).href === new URL(other).href;

function saw({ acr, amr }: OpenIdProviderOptions['secondFactor'], claims: Readonly<Record<string, unknown>>): boolean {
  const { acr: reached, amr: used } = claims;
  return (typeof reached === 'string' && acr.includes(reached)) || (Array.isArray(used) && used.some((one) => amr.includes(one)));
}

function isOutage(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.status >= 500 || error.error === 'invalid_client' || error.error === 'unauthorized_client';
  if (error instanceof ClientError) return OUTAGES.has(error.code) || (error.code === undefined && error.cause instanceof TypeError);
  // How fetch says that nobody answered.
  return error instanceof TypeError && !('code' in error);
}

/** The header unless the provider says that it wants the body. */
function authentication(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    return (methods.includes('client_secret_post') && !methods.includes('client_secret_basic') ? post : basic)(server, ...rest);
  };
}
