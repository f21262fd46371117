import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import { mayBeHeld } from '../access/approval-rules.js';
import type { ApprovedRuns } from './approved-runs.js';
import { requiredPrecondition } from './conditional.js';

/** What decides whether a command runs at once. */
export interface ApprovalGate {
  readonly runs: ApprovedRuns;
  /** Holds the command back where a rule says so; undefined: it runs. */
  ask(request: FastifyRequest): Promise<HeldCommand | undefined>;
}

export interface HeldCommand {
  readonly approvalId: string;
  /** Of the request for approval; a command sent again finds what has become of it. */
  readonly status: string;
  readonly position: bigint;
}

/** After everything that would refuse the request: 202 with the approval in place of what the command would have answered; undefined: go on. */
export async function holdForApproval({ ask }: Pick<ApprovalGate, 'ask'>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (request.approvedRun !== undefined || !isCommand(request)) return undefined;
  const held = await ask(request);
  if (held === undefined) return undefined;
  const { approvalId, status, position } = held;
  const location = `/v1/approvals/${approvalId}`;
  // As text: it is no answer of the route's own, whose schema and field view are not meant for it.
  return reply.code(202).header('location', location).type('application/json; charset=utf-8').send(JSON.stringify({ approvalId, status, location, position: position.toString() }));
}

function isCommand(request: FastifyRequest): boolean {
  const { config } = request.routeOptions;
  if (!isHoldable(request.method, config)) return false;
  if (config.ifMatch === true) requiredPrecondition(request);
  return true;
}

/** Whether such a request may be answered with 202. Searches come as POSTs too, and are none. */
export const isHoldable = (method: string, { access, projection }: FastifyContextConfig): boolean =>
  access !== undefined && projection === undefined && method !== 'GET' && method !== 'HEAD' && access.runsAtOnce !== true && mayBeHeld(access.permission);

/** The answer in OpenAPI. */
export const heldResponse = {
  description: 'A rule asks for approval: nothing was done yet. Somebody else decides; sent again under the same idempotency key it answers this again',
  headers: { 'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' }, Location: { description: 'The request for approval', required: true, schema: { type: 'string' } } },
  content: {
    'application/json': {
      schema: {
        type: 'object', required: ['approvalId', 'status', 'location', 'position'],
        properties: {
          approvalId: { type: 'string', format: 'uuid' }, status: { type: 'string', description: 'pending; of a command that was sent before, what has become of it' },
          location: { type: 'string' }, position: { type: 'string', description: 'In the log, for ?after=' },
        },
      },
    },
  },
} as const;
