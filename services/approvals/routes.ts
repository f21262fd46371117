import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { commandResultSchema, done } from '../../shared/http/answers.js';
import type { ApprovedRuns } from '../../shared/http/approved-runs.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import { idParams } from '../../shared/http/id-params.js';
import { toldBy } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Loaded } from '../../shared/records/record.js';
import type { Approvals } from './approvals.js';
import { refuseBeyondReach, refuseUnlessAble } from './approver-rights.js';
import { shownBody } from './asked-view.js';
import { approvalSchema, rejectionBody } from './bodies.js';
import { approvalRejections } from './rejections.js';
import type { KnownApproval } from './state.js';

export interface FieldDifference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ApprovalsModuleOptions {
  readonly approvals: Approvals;
  readonly runs: ApprovedRuns;
  /** Of a change of a record, what it would change; undefined for every other command. */
  readonly differences: (approval: KnownApproval) => Promise<readonly FieldDifference[] | undefined>;
}

type ApprovalView = z.output<typeof approvalSchema>;

const tags = ['approvals'];
const access = { permission: 'approvals.decide' } as const;
const resultSchema = commandResultSchema.extend({ status: approvalSchema.shape.status, code: approvalSchema.shape.code, recordId: approvalSchema.shape.recordId });

/** Reading one request and deciding on it. Lists are projections/approvals. */
export function approvalsModule({ approvals, runs, differences }: ApprovalsModuleOptions): RouteModule {
  /** One's own requests everybody reads; others' only within reach. What does not exist is answered as what is out of reach. */
  async function within(request: FastifyRequest, id: string, ownIsEnough = false): Promise<Loaded<KnownApproval>> {
    const loaded = await approvals.load(id);
    if (!(ownIsEnough && loaded && isOwn(request, loaded.state))) refuseBeyondReach(request, loaded?.state);
    if (!loaded) throw new Refusal({ code: 'approval_not_found' });
    return loaded;
  }

  async function viewOf(request: FastifyRequest, { state, revision }: Loaded<KnownApproval>): Promise<ApprovalView> {
    const { approvalId: id, status, rule, permission, method, route, requester, requestedAt, expiresAt } = state;
    const changes = state.request && (await differences(state));
    const body = changes === undefined ? shownBody(runs.routeOf(state)?.body, state.request?.body, request.views, toldBy(request)) : undefined;
    const record = state.request?.params['id'];
    return {
      id, revision: Number(revision), status, rule, permission, method, route, requester, requestedAt, expiresAt,
      ...('decidedBy' in state && { decidedBy: state.decidedBy }),
      ...(state.status === 'rejected' && { reason: state.reason }),
      ...(state.status === 'refused' && { code: state.code }),
      ...(state.status === 'executed' && { recordId: state.recordId, position: state.position }),
      ...(state.customerId !== undefined && { customer: state.customerId }),
      ...(record !== undefined && { record }),
      ...(changes !== undefined && { changes: [...changes] }),
      ...(body !== undefined && { body }),
    };
  }

  return {
    name: 'approvals',
    description: 'Commands that wait for a second person',
    rejections: approvalRejections,
    routes(server) {
      server.get('/v1/approvals/:id', {
        config: { sends: ['ETag'], access: { permission: 'approvals.read' } },
        schema: { tags, summary: 'A request for approval, with what it would change', params: idParams, response: { 200: approvalSchema } },
      }, async (request, reply) => {
        const loaded = await within(request, request.params.id, true);
        return reply.header('etag', etagOf(loaded.revision)).send(await viewOf(request, loaded));
      });

      server.post('/v1/approvals/:id/approval', {
        config: { idempotency: 'honoured', sends: ['ETag'], access },
        schema: {
          tags, summary: 'Approve; the command is run at once, for who requested it', params: idParams, response: { 200: resultSchema },
          description: 'Who approves must be able to send the very command. `status` says what became of it; `approved`: a part of the bank is away, it is run as soon as that is back.',
        },
      }, async (request, reply) => {
        const { id } = request.params;
        const { state } = await within(request, id);
        const { principal, receivedAt: at } = request;
        if (state.status === 'pending') await refuseUnlessAble(request, state, runs);
        const decided = await approvals.decide(id, { kind: 'approve', by: principal, at }, commandContext(request));
        const { state: after, revision } = await approvals.execute(id);
        const position = after.status === 'executed' ? BigInt(after.position) : decided.position;
        return reply.header('etag', etagOf(revision)).send({
          id, revision: Number(revision), position: position.toString(), status: after.status,
          ...(after.status === 'refused' && { code: after.code }), ...(after.status === 'executed' && { recordId: after.recordId }),
        });
      });

      server.post('/v1/approvals/:id/rejection', {
        config: { idempotency: 'honoured', sends: ['ETag'], access },
        schema: { tags, summary: 'Reject', params: idParams, body: rejectionBody, response: { 200: commandResultSchema } },
      }, async (request, reply) => {
        const { id } = request.params;
        await within(request, id);
        const { principal, receivedAt: at, body: { reason } } = request;
        return done(reply, await approvals.decide(id, { kind: 'reject', by: principal, at, reason }, commandContext(request)));
      });

      server.post('/v1/approvals/:id/withdrawal', {
        config: { idempotency: 'honoured', sends: ['ETag'], access: { permission: 'approvals.read' } },
        schema: { tags, summary: 'Withdraw a request of one\'s own', params: idParams, response: { 200: commandResultSchema } },
      }, async (request, reply) => {
        const { id } = request.params;
        // Of others' requests nobody learns here that they are there.
        const loaded = await approvals.load(id);
        if (!loaded || !isOwn(request, loaded.state)) throw new Refusal({ code: 'approval_not_found' });
        return done(reply, await approvals.decide(id, { kind: 'withdraw', by: request.principal }, commandContext(request)));
      });
    },
  };
}

const isOwn = ({ principal }: FastifyRequest, { requester }: KnownApproval): boolean => requester.id === principal.id && requester.actingAs === principal.actingAs;
