import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RejectionRow } from './rejections.js';

export type HttpServer = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What a module adds to the HTTP API. services/customers/routes.ts is the example to copy. */
export interface RouteModule {
  /** One word; also the tag in the documentation. */
  readonly name: string;
  readonly description: string;
  /** Its refusals, in order of precedence. */
  readonly rejections: readonly RejectionRow[];
  /** Members that problems of a code have besides the usual ones, for the documentation. */
  readonly problemMembers?: Readonly<Record<string, z.ZodRawShape>>;
  routes(server: HttpServer): void;
}
