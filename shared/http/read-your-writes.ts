import type { FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { Refusal } from './context.js';
import { withChecksOf } from './validation.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The read model that a query reads: the route then takes `?after=<position>` and waits for it. */
    readonly projection?: string;
    /** Another that it reads for some queries. */
    readonly alsoReads?: (query: Readonly<Record<string, unknown>>) => string | undefined;
  }
}

/** Waits, bounded, until the projection has reached the position; false when it has not. */
export type ReadWait = (projection: string, position: bigint) => Promise<boolean>;

const afterSchema = z
  .string()
  .regex(/^\d{1,19}$/, 'must be the position that a command answered')
  .optional()
  .meta({ description: 'Position that a command answered: the query waits (bounded) until it can see it' });

/** Gives every route a query schema, since an unknown parameter must be refused, and adds `after` where a projection is read. */
export function addQuerySchema(route: RouteOptions): void {
  const schema = (route.schema ??= {});
  const query = (schema.querystring as z.ZodObject | undefined) ?? z.strictObject({});
  schema.querystring = route.config?.projection === undefined ? query : withChecksOf(z.strictObject({ ...query.shape, after: afterSchema }), query);
}

/** Whether an answer must show a position that the sender names: a cached one might be older. */
export const asksForPosition = (request: FastifyRequest): boolean => (request.query as { after?: string }).after !== undefined;

export async function waitForPosition(request: FastifyRequest, readWait: ReadWait): Promise<void> {
  const { projection, alsoReads } = request.routeOptions.config;
  const { after } = request.query as { after?: string };
  if (projection === undefined || after === undefined) return;
  const other = alsoReads?.({ ...(request.query as object), ...(request.body as object | undefined) });
  const reached = await Promise.all([projection, ...(other === undefined ? [] : [other])].map((one) => readWait(one, BigInt(after))));
  if (reached.includes(false)) throw new Refusal({ code: 'read_behind' });
}
