import { Refusal } from './context.js';
import type { HttpServer } from './route-module.js';

/** What came too slowly, by node's own clock or by ours. */
export const tooSlow = (): Refusal => new Refusal({ code: 'request_timeout', detail: 'the request was not complete in time' });

/** So many deadlines' worth of time a client may take over its answer, if it takes some of it in each. */
const MOST_TAKING = 20;

/**
 * Answers a request whose time is up: where not even its body has come whole it is the client who was too slow, else the bank.
 * Fastify's handlerTimeout is not it: it forgets its timer as soon as a body has been read. A client that does not take its answer
 * loses the connection, so that it cannot hold answers in memory.
 */
export function addRequestDeadline(server: HttpServer, timeoutMs: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  server.addHook('onRequest', async (request, reply) => {
    const timeUp = (): void => {
      if (reply.sent) {
        // Node ends a connection on which not even the write queue has moved for that long.
        reply.raw.socket?.setTimeout(timeoutMs);
        timers.set(request, setTimeout(() => reply.raw.destroy(), MOST_TAKING * timeoutMs));
      } else if (reply.raw.headersSent) reply.raw.destroy();
      else void reply.send(request.raw.complete ? new Refusal({ code: 'outage', detail: 'the answer took too long' }) : tooSlow());
    };
    timers.set(request, setTimeout(timeUp, timeoutMs));
  });
  const clear = async (request: object): Promise<void> => clearTimeout(timers.get(request));
  server.addHook('onResponse', clear);
  server.addHook('onRequestAbort', clear);
}
