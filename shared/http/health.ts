import { setTimeout as pause } from 'node:timers/promises';
import type { HttpServer } from './route-module.js';
import type { Metrics } from '../telemetry/metrics.js';

/** Resolves when the part works, with what should be known of it where there is something; throws saying why not. */
export type HealthChecks = Readonly<Record<string, () => Promise<string | undefined | void>>>;

const CHECK_DEADLINE_MS = 2_000;

/** Liveness, readiness and metrics: without authentication, because orchestrators have none; they show no business data. The server listens on loopback by default. */
export function addHealthRoutes(server: HttpServer, checks: HealthChecks, metrics: Metrics): void {
  const config = { public: true };
  const hidden = { hide: true };
  server.get('/health/live', { config, schema: hidden }, async () => ({ status: 'live' }));
  server.get('/health/ready', { config, schema: hidden }, async (_request, reply) => {
    const results = await Promise.all(Object.entries(checks).map(async ([part, check]) => [part, await resultOf(check)] as const));
    const ready = results.every(([, { works }]) => works);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', parts: Object.fromEntries(results.map(([part, { says }]) => [part, says])) });
  });
  server.get('/metrics', { config, schema: hidden }, async (_request, reply) => {
    const { contentType, text } = await metrics.page();
    return reply.header('content-type', contentType).send(text);
  });
}

async function resultOf(check: HealthChecks[string]): Promise<{ works: boolean; says: string }> {
  const deadline = new AbortController();
  try {
    return await Promise.race([
      check().then((note) => ({ works: true, says: note === undefined ? 'ok' : `ok; ${note}` })),
      pause(CHECK_DEADLINE_MS, { works: false, says: `no answer within ${CHECK_DEADLINE_MS} ms` }, { signal: deadline.signal }),
    ]);
  } catch (error) {
    return { works: false, says: error instanceof Error ? error.message : 'failed' };
  } finally {
    deadline.abort();
  }
}
