import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Counts } from '../cache/counts.js';
import { ProcessCounts } from '../cache/counts.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Behaviour } from './abnormal-behaviour.js';
import { Refusal, type Principal } from './context.js';
import type { HttpServer } from './route-module.js';
import { sourceOf } from './source-address.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A stricter limit, counted over all processes together: of sign-ins by address, of unmasking by person. */
    readonly limit?: 'sign-in' | 'unmask';
  }
}

/** Requests a minute. */
export interface RequestRates {
  /** Of one address, that nobody authenticated: public routes, and tokens that are refused. */
  readonly requestsPerAddress: number;
  readonly requestsPerPerson: number;
  readonly requestsPerClient: number;
  readonly signInsPerAddress: number;
  readonly unmasksPerPerson: number;
}

export interface RequestLimitsOptions {
  readonly rates: RequestRates;
  /** For the stricter limits. */
  readonly shared: Counts;
  readonly behaviour: Behaviour;
  /** Keys the hashes under which addresses and persons stand in the shared counts. */
  readonly secret: Buffer;
  readonly metrics: Metrics;
  /** Whoever founds or demonstrates a bank. */
  readonly isExempt?: (principal: Principal) => boolean | Promise<boolean>;
  /** A clock that never steps, in ms. */
  readonly elapsed?: () => number;
}

export interface RequestLimits {
  /** Before anybody is asked for; throws Refusal `rate_limited` or `behaviour_blocked`. */
  arrives(request: FastifyRequest, isPublic: boolean): Promise<void>;
  /** Nobody could be authenticated. */
  unknown(request: FastifyRequest): void;
  /** Once it is known who it is. */
  known(request: FastifyRequest): Promise<void>;
  /** Looks at what became of each request. */
  watch(server: HttpServer): void;
}

const WINDOW_MS = 60_000;
/** Longer than an access token lives. */
const SIGNED_IN_MS = 10 * 60_000;

/**
 * The wide limits protect a process and are counted in it, without waiting; the strict ones protect secrets and are counted over all of them.
 * An address that is over its limit still serves whoever is signed in there: one attacker does not lock out a branch behind the same proxy.
 */
export function createRequestLimits({ rates, shared, behaviour, secret, metrics, isExempt = () => false, elapsed }: RequestLimitsOptions): RequestLimits {
  const counts = new ProcessCounts(elapsed);
  const signedIn = new LRUCache<string, true>({ max: 50_000, ttl: SIGNED_IN_MS });
  const exempt = new WeakSet<FastifyRequest>();
  const refused = metrics.counter({ name: 'bank_requests_limited_total', help: 'Requests refused for their number', labels: ['limit'] });

  const refuse = (limit: string, endsInMs: number): never => {
    refused.add(1, { limit });
    const seconds = Math.max(1, Math.ceil(endsInMs / 1_000));
    throw new Refusal({ code: 'rate_limited', detail: `try again in ${seconds} s` }, seconds);
  };
  const refuseBlocked = (endsInMs: number): never => {
    refused.add(1, { limit: 'behaviour' });
    const seconds = Math.max(1, Math.ceil(endsInMs / 1_000));
    throw new Refusal({ code: 'behaviour_blocked', detail: `try again in ${seconds} s` }, seconds);
  };
  const hidden = (kind: string, name: string): string => `${kind}:${createHmac('sha256', secret).update(JSON.stringify([kind, name])).digest('base64url')}`;
  const isSignedIn = ({ headers: { authorization } }: FastifyRequest): boolean => authorization !== undefined && signedIn.has(authorization);

  async function strict(limit: string, kind: string, name: string, most: number): Promise<void> {
    const { count, endsInMs } = await shared.add(hidden(kind, name), WINDOW_MS);
    if (count > most) refuse(limit, endsInMs);
  }

  return {
    async arrives(request, isPublic) {
      const source = sourceOf(request.ip);
      if (!isPublic && isSignedIn(request)) return;
      const blockedForMs = behaviour.blockedForMs('source', source);
      if (blockedForMs > 0) refuseBlocked(blockedForMs);
      const { count, endsInMs } = isPublic ? counts.add(`source ${source}`, WINDOW_MS) : counts.look(`source ${source}`);
      if (isPublic ? count > rates.requestsPerAddress : count >= rates.requestsPerAddress) refuse('address', endsInMs);
      if (request.routeOptions.config.limit === 'sign-in') await strict('sign-in', 'sign-in', source, rates.signInsPerAddress);
    },

    unknown(request) {
      counts.add(`source ${sourceOf(request.ip)}`, WINDOW_MS);
    },

    async known(request) {
      const { principal, headers: { authorization } } = request;
      if (authorization !== undefined && !signedIn.has(authorization)) signedIn.set(authorization, true);
      if (await isExempt(principal)) {
        exempt.add(request);
        return;
      }
      const blockedForMs = behaviour.blockedForMs('principal', principal.id);
      if (blockedForMs > 0) refuseBlocked(blockedForMs);
      const [limit, most] = principal.channel === 'system' ? ['client', rates.requestsPerClient] as const : ['person', rates.requestsPerPerson] as const;
      const { count, endsInMs } = counts.add(`principal ${principal.id}`, WINDOW_MS);
      if (count > most) refuse(limit, endsInMs);
      if (request.routeOptions.config.limit === 'unmask') await strict('unmask', 'unmask', principal.id, rates.unmasksPerPerson);
    },

    watch(server) {
      server.addHook('onResponse', async (request, { statusCode }) => {
        if (statusCode < 400 || exempt.has(request)) return;
        const id = (request.params as { readonly id?: string } | undefined)?.id;
        if (request.principal) await behaviour.refused('principal', request.principal.id, statusCode, id);
        else await behaviour.refused('source', sourceOf(request.ip), statusCode);
      });
    },
  };
}
