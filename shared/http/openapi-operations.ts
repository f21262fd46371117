import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { RouteOptions } from 'fastify';
import { z } from 'zod';
import { heldResponse, isHoldable } from './approval-gate.js';
import { problemResponse, refusalsOf } from './openapi-problems.js';
import type { RouteModule } from './route-module.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whose route it is; set at registration. */
    readonly module?: RouteModule;
    /** Headers of its good answers, for the documentation; a test compares what is sent. */
    readonly sends?: readonly ('ETag' | 'Location')[];
  }
}

/** What the documentation says of a route beyond its schemas. */
export interface PathFacts {
  readonly operationId: string;
  readonly kind: 'query' | 'command';
  readonly module: RouteModule | undefined;
  readonly permission: string | undefined;
  readonly isPublic: boolean;
  readonly isConditional: boolean;
  /** A rule may make it wait for approval. */
  readonly isHoldable: boolean;
  readonly hasBody: boolean;
  readonly mayOmitBody: boolean;
  readonly hasParams: boolean;
  readonly sends: readonly ('ETag' | 'Location')[];
  readonly alsoCsv: boolean;
}

export interface Operation {
  operationId?: string;
  tags?: string[];
  security?: object[];
  requestBody?: { required?: boolean; content: object };
  responses: Record<string, Record<string, unknown>>;
  [extension: `x-${string}`]: unknown;
}

export function factsOf({ method, url, schema, config = {} }: RouteOptions): PathFacts {
  const body = schema?.body as z.ZodType | undefined;
  return {
    operationId: operationIdOf(method.toString(), url),
    kind: method === 'GET' || config.projection !== undefined ? 'query' : 'command',
    module: config.module,
    permission: config.access?.permission,
    isPublic: config.public === true,
    isConditional: config.ifMatch === true,
    isHoldable: isHoldable(method.toString(), config),
    hasBody: body !== undefined,
    mayOmitBody: body !== undefined && body.safeParse(undefined).success,
    hasParams: schema?.params !== undefined,
    sends: config.sends ?? [],
    alsoCsv: config.alsoCsv === true,
  };
}

/** GET /v1/accounts/:id/holds is getAccountsByIdHolds: clients that were generated keep their names as long as a path keeps its own. */
export const operationIdOf = (method: string, url: string): string =>
  [method.toLowerCase(), ...url.split('/').filter((step) => step !== '' && step !== 'v1').flatMap((step) => (step.startsWith(':') ? ['by', step.slice(1)] : step.split(/[-.]/)))]
    .map((word, index) => (index === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join('');

/** Where OpenAPI keeps the route. */
export const pathOf = (url: string): string => url.replace(/:([A-Za-z]+)/g, '{$1}');

const SENT = {
  ETag: { description: 'The record\'s revision, for If-Match', schema: { type: 'string' } },
  Location: { description: 'Where the record is read', schema: { type: 'string' } },
} as const;

/** Completes what @fastify/swagger made of a route; the responses it shares with others go into `shared`. */
export function completeOperation(operation: Operation, facts: PathFacts, shared: Record<string, unknown>): void {
  operation.operationId = facts.operationId;
  if (facts.permission !== undefined) operation['x-permission'] = facts.permission;
  if (facts.isPublic) operation.security = [];
  if (operation.requestBody) operation.requestBody.required = !facts.mayOmitBody;
  for (const [status, response] of Object.entries(operation.responses)) {
    response['description'] = STATUS_CODES[status] ?? status;
    response['headers'] = { 'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' }, ...Object.fromEntries(facts.sends.map((name) => [name, SENT[name]])) };
  }
  if (facts.alsoCsv) {
    const answer = operation.responses['200']!;
    answer['content'] = { ...(answer['content'] as object), 'text/csv': { schema: { type: 'string', description: 'RFC 4180 with a header; what is hidden from the reader is empty' } } };
  }
  if (facts.isHoldable) {
    shared['HeldForApproval'] = heldResponse;
    operation.responses['202'] = { $ref: '#/components/responses/HeldForApproval' };
  }
  for (const [status, rows] of refusalsOf(facts)) {
    const { name, response } = problemResponse(facts, status, rows);
    if (name in shared && !isDeepStrictEqual(shared[name], response)) throw new Error(`two different responses are called ${name}`);
    shared[name] = response;
    operation.responses[status] = { $ref: `#/components/responses/${name}` };
  }
}
