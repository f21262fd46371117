import { z } from 'zod';
import type { PathFacts } from './openapi-operations.js';
import { platformRejections, type RejectionRow } from './rejections.js';
import type { RouteModule } from './route-module.js';

type Json = Record<string, unknown>;

/** Registered for its id: the documentation refers to it as #/components/schemas/Problem. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ examples: ['urn:passbook:problem:request_invalid'] }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; docs/errors.md lists all' }),
    detail: z.string().optional(),
    instance: z.string().optional().meta({ description: 'Names this very request, as does X-Correlation-Id' }),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional()
      .meta({ description: 'Every fault at once. pointer: RFC 6901 into the body, "?name", "header:name" or "path:name"' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; some codes have further members' });

const ONLY_COMMANDS = new Set([409, 412, 422, 428]);

/** Which refusals an operation can give, by status: those of the platform that fit it, and its module's. */
export function refusalsOf(facts: PathFacts): Map<number, readonly RejectionRow[]> {
  const fits = ({ code, status }: RejectionRow): boolean => {
    switch (code) {
      case 'headers_too_large': case 'route_not_found': case 'method_not_allowed':
        return false; // Of no operation.
      case 'request_timeout': case 'body_too_large': case 'media_type_unsupported':
        return facts.hasBody;
      case 'unauthenticated': case 'permission_missing': case 'field_hidden': case 'outside_scope':
        return !facts.isPublic;
      case 'amount_over_limit': case 'field_not_yours': case 'step_up_required': case 'idempotency_key_missing': case 'idempotency_key_reused':
        return facts.kind === 'command' && !facts.isPublic;
      case 'approval_impossible':
        return facts.isHoldable;
      case 'if_match_missing': case 'if_match_stale':
        return facts.isConditional;
      case 'overloaded':
        return facts.kind === 'command';
      case 'read_behind':
        return facts.kind === 'query';
      default:
        return facts.kind === 'command' || (!ONLY_COMMANDS.has(status) && (status !== 404 || facts.hasParams));
    }
  };
  const rows = [...platformRejections, ...(facts.module?.rejections ?? [])].filter(fits);
  return new Map([...new Set(rows.map(({ status }) => status))].sort((a, b) => a - b).map((status) => [status, rows.filter((row) => row.status === status)]));
}

/** The one response that operations of a kind share for a status; named after the module where that has codes of its own. */
export function problemResponse(facts: PathFacts, status: number, rows: readonly RejectionRow[]): { readonly name: string; readonly response: Json } {
  const own = facts.module?.rejections.some((row) => rows.includes(row)) ? facts.module.name : 'any';
  const name = [...own.split('-'), facts.isPublic ? 'public' : '', rows.some(({ code }) => code === 'approval_impossible') ? 'holdable' : '', facts.kind, String(status)].map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return {
    name,
    response: {
      description: rows.map(({ code }) => code).join(', '),
      headers: {
        'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' },
        ...([409, 429, 503].includes(status) && { 'Retry-After': { description: 'Seconds', required: status === 503, schema: { type: 'integer' } } }),
        ...(status === 401 && { 'WWW-Authenticate': { schema: { type: 'string' } } }),
      },
      content: {
        'application/problem+json': {
          schema: withMembers(facts.module, rows),
          examples: Object.fromEntries(rows.map(({ code, title }) => [code, { summary: title, value: { type: `urn:passbook:problem:${code}`, title, status, code } }])),
        },
      },
    },
  };
}

function withMembers(module: RouteModule | undefined, rows: readonly RejectionRow[]): Json {
  const problem = { $ref: '#/components/schemas/Problem' };
  const members = Object.assign({}, ...rows.map(({ code }) => module?.problemMembers?.[code])) as z.ZodRawShape;
  if (Object.keys(members).length === 0) return problem;
  const { $schema: _, required: _mandatory, additionalProperties: _closed, ...schema } = z.toJSONSchema(z.object(members), { io: 'output' });
  return { allOf: [problem, schema] };
}
