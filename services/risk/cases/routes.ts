import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { reachOf } from '../../../shared/access/rights.js';
import type { Recorded } from '../../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import { commandResultSchema, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam, toldBy } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Loaded } from '../../../shared/records/record.js';
import { caseRejections } from '../rejections.js';
import { alertSchema, assignmentBody, caseSchema, caseStepSchema, closingBody, commentBody, messageSchema, reasonBody, snoozeBody } from './bodies.js';
import type { Cases } from './cases.js';
import type { Worker } from './commands.js';
import type { KnownCase } from './state.js';
import { alertView, caseStep, caseView, classesOfTrace } from './views.js';

export interface CasesModuleOptions {
  readonly cases: Cases;
  /** Whether somebody of staff may work on the cases of this customer now. */
  readonly mayWork: (staffId: string, customerId: string) => Promise<boolean>;
  /** Where in the case's stream an alert of it is; undefined where it has none such. */
  readonly revisionOfAlert: (caseId: string, alertId: string) => Promise<bigint | undefined>;
  /** Who was told of a case's alerts, the newest first. */
  readonly messagesOf: (caseId: string, limit: number) => Promise<z.output<typeof messageSchema>[]>;
}

const tags = ['risk'];
const about = aboutParam('case');
const reads = { permission: 'risk.read', about } as const;
const works = { idempotency: 'honoured', ifMatch: true, sends: ['ETag'], access: { permission: 'risk.work', about } } as const;
const response = { 200: commandResultSchema };
const alertParams = idParams.extend({ alertId: z.uuid().toLowerCase() });

/** One case: reading it and working on it. Lists are projections/risk. */
export function casesModule({ cases, mayWork, revisionOfAlert, messagesOf }: CasesModuleOptions): RouteModule {
  async function known(id: string): Promise<Loaded<KnownCase>> {
    const loaded = await cases.load(id);
    if (!loaded) throw new Refusal({ code: 'case_not_found' });
    return loaded;
  }
  const sent = (request: FastifyRequest): { readonly by: Worker; readonly precondition: (revision: bigint) => boolean } => ({ by: request.principal, precondition: requiredPrecondition(request) });

  return {
    name: 'risk-cases',
    description: 'Risk cases: one for each customer and kind of alert',
    rejections: caseRejections,
    routes(server) {
      server.get('/v1/risk/cases/:id', {
        config: { sends: ['ETag'], access: reads }, schema: { tags, summary: 'A case as it stands, in its latest round', params: idParams, response: { 200: caseSchema } },
      }, async (request, reply) => {
        const loaded = await known(request.params.id);
        return reply.header('etag', etagOf(loaded.revision)).send(caseView(loaded));
      });

      server.get('/v1/risk/cases/:id/history', {
        config: { access: reads },
        schema: {
          tags, summary: 'Everything that happened with a case, from the log itself, oldest first', params: idParams, querystring: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
          response: { 200: z.object({ items: z.array(caseStepSchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { id } = request.params;
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const from = cursor === undefined ? 0n : BigInt(decodeCursor(request, z.string().regex(/^\d{1,19}$/), cursor, { id }));
        await known(id);
        const steps = (await cases.history(id, { direction: 'forwards', from, limit: limit + 1 })) ?? [];
        return { items: steps.slice(0, limit).map(caseStep), ...(steps.length > limit && { nextCursor: encodeCursor(request, steps[limit]!.revision.toString(), { id }) }) };
      });

      server.get('/v1/risk/cases/:id/messages', {
        config: { access: reads },
        schema: { tags, summary: 'Who of staff was told of the case\'s alerts, the newest first', params: idParams, querystring: z.strictObject({ limit: limitSchema }), response: { 200: z.object({ items: z.array(messageSchema) }) } },
      }, async (request) => {
        const { id } = request.params;
        await known(id);
        return { items: await messagesOf(id, request.query.limit ?? DEFAULT_LIMIT) };
      });

      server.get('/v1/risk/cases/:id/alerts/:alertId', {
        config: { projection: 'risk', access: reads }, schema: { tags, summary: 'An alert, with the value of every node of its rule', params: alertParams, response: { 200: alertSchema } },
      }, async (request) => {
        const { id, alertId } = request.params;
        await known(id);
        const revision = await revisionOfAlert(id, alertId);
        const [found] = revision === undefined ? [] : ((await cases.history(id, { direction: 'forwards', from: revision, limit: 1 })) ?? []);
        if (!found || !isAlert(found)) throw new Refusal({ code: 'alert_not_found' });
        const traced = classesOfTrace(request.views);
        for (const one of traced ?? []) toldBy(request).clear.add(one);
        return alertView(found, traced !== undefined);
      });

      server.put('/v1/risk/cases/:id/assignment', { config: works, schema: { tags, summary: 'Give a case to somebody, or to nobody', params: idParams, body: assignmentBody, response } }, async (request, reply) => {
        const { params: { id }, body: { assignee } } = request;
        const { state } = await known(id);
        const isAble = assignee !== null && (await mayWork(assignee, state.customerId));
        return done(reply, await cases.work(id, { kind: 'assign', ...sent(request), assignee, isAble }, commandContext(request)));
      });

      server.post('/v1/risk/cases/:id/snooze', { config: works, schema: { tags, summary: 'Hear no more of a case until a moment', params: idParams, body: snoozeBody, response } }, async (request, reply) => {
        const { params: { id }, body: { until, reason }, receivedAt: at } = request;
        return done(reply, await cases.work(id, { kind: 'snooze', ...sent(request), at, until: new Date(until), reason }, commandContext(request)));
      });

      server.post('/v1/risk/cases/:id/wake', { config: works, schema: { tags, summary: 'End a snooze', params: idParams, response } }, async (request, reply) =>
        done(reply, await cases.work(request.params.id, { kind: 'wake', ...sent(request) }, commandContext(request))));

      server.post('/v1/risk/cases/:id/escalation', { config: works, schema: { tags, summary: 'Escalate a case: others close it', params: idParams, body: reasonBody, response } }, async (request, reply) =>
        done(reply, await cases.work(request.params.id, { kind: 'escalate', ...sent(request), reason: request.body.reason }, commandContext(request))));

      server.post('/v1/risk/cases/:id/comments', {
        config: { ...works, ifMatch: false }, schema: { tags, summary: 'Note something on a case', params: idParams, body: commentBody, response },
      }, async (request, reply) =>
        done(reply, await cases.work(request.params.id, { kind: 'comment', by: request.principal, precondition: () => true, text: request.body.text }, commandContext(request))));

      server.post('/v1/risk/cases/:id/closing', { config: works, schema: { tags, summary: 'Close a case with an outcome', params: idParams, body: closingBody, response } }, async (request, reply) => {
        const { params: { id }, body: { outcome, reason }, principal } = request;
        const worksOnAll = reachOf(principal.rights, 'risk.work').everything;
        return done(reply, await cases.work(id, { kind: 'close', ...sent(request), outcome, reason, worksOnAll }, commandContext(request)));
      });
    },
  };
}

const isAlert = (recorded: Recorded<RiskCaseEvent>): recorded is Recorded<Extract<RiskCaseEvent, { type: 'AlertRaised' }>> => recorded.event.type === 'AlertRaised';
