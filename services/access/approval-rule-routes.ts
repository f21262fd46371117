import { z } from 'zod';
import { roleNameSchema } from '../../shared/events/access/values.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { administers, afterQuery, reads, run, stateFor, tags, type AccessRoutes } from './access-routes.js';
import { approvalRuleBody, defineApprovalRuleBody, sent } from './bodies.js';
import { accessResultSchema, approvalRuleView, approvalRuleViewSchema } from './views.js';

const create = { idempotency: 'honoured', access: administers } as const;
const change = { ...create, ifMatch: true } as const;
const result = { 200: accessResultSchema };
const querystring = z.strictObject(afterQuery);

/** Which commands wait for approval: records, so that who had to ask whom on a date is in the log. */
export function approvalRuleRoutes(server: HttpServer, parts: AccessRoutes): void {
  const params = z.strictObject({ name: roleNameSchema });
  server.get('/v1/approval-rules', { config: { access: reads }, schema: { tags, summary: 'Which commands wait for approval', querystring, response: { 200: z.object({ items: z.array(approvalRuleViewSchema) }) } } },
    async (request) => ({ items: [...(await stateFor(parts.model, request.query)).approvalRules].map(([name, rule]) => approvalRuleView(name, rule)) }));

  server.get('/v1/approval-rules/:name', { config: { access: reads }, schema: { tags, summary: 'An approval rule', params, querystring, response: { 200: approvalRuleViewSchema } } }, async (request, reply) => {
    const { name } = request.params;
    const rule = (await stateFor(parts.model, request.query)).approvalRules.get(name);
    if (!rule) throw new Refusal({ code: 'approval_rule_not_found' });
    return reply.header('etag', etagOf(rule.revision)).send(approvalRuleView(name, rule));
  });

  server.post('/v1/approval-rules', { config: create, schema: { tags, summary: 'Have commands wait for approval', body: defineApprovalRuleBody, response: { 201: accessResultSchema } } }, async (request, reply) => {
    const { name, ...text } = request.body;
    return run(parts, request, reply, name, { kind: 'define-approval-rule', rule: name, text: sent(text) }, `/v1/approval-rules/${name}`);
  });

  server.put('/v1/approval-rules/:name', {
    config: change, schema: { tags, summary: 'Replace an approval rule; what waits already goes on waiting', params, body: approvalRuleBody, response: result },
  }, async (request, reply) => {
    const { name } = request.params;
    return run(parts, request, reply, name, { kind: 'change-approval-rule', rule: name, text: sent(request.body), precondition: requiredPrecondition(request) });
  });

  server.delete('/v1/approval-rules/:name', { config: change, schema: { tags, summary: 'Retire an approval rule, for good', params, response: result } }, async (request, reply) => {
    const { name } = request.params;
    return run(parts, request, reply, name, { kind: 'retire-approval-rule', rule: name, precondition: requiredPrecondition(request) });
  });
}
