import { Refusal } from './context.js';
import type { HttpServer } from './route-module.js';

/** What came too slowly, by node's own clock or by ours. */
export const tooSlow = (): Refusal => new Refusal({ code: 'request_timeout', detail: 'the request was not complete in time' });

/**
 * Answers a request whose time is up: where not even its body has come whole it is the client who was too slow, else the bank.
 * Fastify's handlerTimeout is not it: it forgets its timer as soon as a body has been read.
 */
export function addRequestDeadline(server: HttpServer, timeoutMs: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  server.addHook('onRequest', async (request, reply) => {
    timers.set(request, setTimeout(() => {
      if (reply.sent) return;
      if (reply.raw.headersSent) reply.raw.destroy();
      else void reply.send(request.raw.complete ? new Refusal({ code: 'outage', detail: 'the answer took too long' }) : tooSlow());
    }, timeoutMs));
  });
  const clear = async (request: object): Promise<void> => clearTimeout(timers.get(request));
  server.addHook('onResponse', clear);
  server.addHook('onRequestAbort', clear);
}
