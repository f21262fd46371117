import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './context.js';
import type { HttpServer } from './route-module.js';

/** A path with a name left out ("/v1/customers/") is no path of ours. */
export const lacksName = ({ params }: FastifyRequest): boolean => Object.values((params ?? {}) as object).includes('');

/** Remembers which methods each path knows, so that a wrong method is told from a wrong path. Returns what to answer where no route fits. */
export function rememberMethods(server: HttpServer): (request: FastifyRequest, reply: FastifyReply) => Refusal {
  const known: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`);
    known.push({ path, methods: [method].flat() });
  });
  return (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = [...new Set(known.filter((route) => route.path.test(path)).flatMap((route) => route.methods))];
    if (methods.length === 0 || methods.includes(request.method)) return new Refusal({ code: 'route_not_found' });
    reply.header('allow', methods.join(', '));
    return new Refusal({ code: 'method_not_allowed', detail: `this path knows ${methods.join(', ')}` });
  };
}
