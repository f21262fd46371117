import type { FastifyReply, FastifyRequest } from 'fastify';
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
  readonly position: bigint;
}

/** After everything that would refuse the request: 202 with the approval in place of what the command would have answered; undefined: go on. */
export async function holdForApproval({ ask }: Pick<ApprovalGate, 'ask'>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (request.approvedRun !== undefined || !isCommand(request)) return undefined;
  const held = await ask(request);
  if (held === undefined) return undefined;
  const { approvalId, position } = held;
  // As text: it is no answer of the route's own, whose schema and field view are not meant for it.
  return reply.code(202).header('location', `/v1/approvals/${approvalId}`).type('application/json; charset=utf-8').send(JSON.stringify({ approvalId, position: position.toString() }));
}

/** Searches come as POSTs too. */
function isCommand(request: FastifyRequest): boolean {
  const { config } = request.routeOptions;
  if (config.access === undefined || config.projection !== undefined || request.method === 'GET' || request.method === 'HEAD') return false;
  if (config.ifMatch === true) requiredPrecondition(request);
  return true;
}
