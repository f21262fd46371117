import type { FastifyRequest } from 'fastify';
import { SubjectErased } from '../../shared/crypto/vault.js';
import { ruleFor, type ApprovalRule, type RuledCommand } from '../../shared/access/approval-rules.js';
import type { Target } from '../../shared/access/rights.js';
import type { HeldRequest } from '../../shared/events/approvals/events.js';
import type { ApprovalGate } from '../../shared/http/approval-gate.js';
import type { ApprovedRuns } from '../../shared/http/approved-runs.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { commandContext, hashOf } from '../../shared/http/command-context.js';
import { Refusal } from '../../shared/http/context.js';
import { EVERYTHING, type About } from '../../shared/http/route-access.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { Approvals } from './approvals.js';

export interface GateOptions {
  readonly runs: ApprovedRuns;
  readonly approvals: Pick<Approvals, 'request' | 'load'>;
  /** Those in force now. */
  readonly approvalRules: () => Promise<readonly ApprovalRule[]>;
  /** While a bank is being founded or demonstrated the machine client that founds it needs nobody's approval. */
  readonly bootstrapIsExempt: () => Promise<boolean>;
}

export function createApprovalGate({ runs, approvals, approvalRules, bootstrapIsExempt }: GateOptions): ApprovalGate {
  return {
    runs,
    async ask(request) {
      const rule = ruleFor(await approvalRules(), ruledCommand(request)) ?? (await request.routeOptions.config.access!.policy?.(request));
      if (rule === undefined || (request.principal.id === bootstrapPrincipal.id && (await bootstrapIsExempt()))) return undefined;
      const context = commandContext(request);
      // The same command, repeated under its idempotency key, is the same request for approval.
      const approvalId = createdIdOf(context.commandId, 'approval');
      const about = request.routeOptions.config.access!.about?.(request);
      const target = about === undefined || about === EVERYTHING ? undefined : await request.findTarget(about);
      const { registersCustomer } = request.routeOptions.config.access!;
      const customerId = registersCustomer ? createdIdOf(context.commandId, 'customer') : customerOf(about, target);
      const { position, repeated } = await orImpossible(approvals.request({
        approvalId, commandId: context.commandId, commandHash: hashOf(request),
        rule: rule.name, permission: request.routeOptions.config.access!.permission, method: request.method, route: request.routeOptions.url!,
        requester: context.actor, expiresAt: new Date(context.at.getTime() + rule.expiresAfterMs).toISOString(), request: heldRequest(request),
        ...(customerId !== undefined && { customerId }),
        ...(target?.branch !== undefined && { branch: target.branch }),
        ...(target?.manager !== undefined && { manager: target.manager }),
      }, { ...context, commandId: approvalId }));
      return { approvalId, position, status: repeated ? ((await approvals.load(approvalId))?.state.status ?? 'pending') : 'pending' };
    },
  };
}

/** Without the customer's key nothing can be kept for somebody to look at. */
const orImpossible = <T>(requested: Promise<T>): Promise<T> =>
  requested.catch((error: unknown) => {
    throw error instanceof SubjectErased ? new Refusal({ code: 'approval_impossible' }) : error;
  });

function ruledCommand(request: FastifyRequest): RuledCommand {
  const access = request.routeOptions.config.access!;
  return {
    permissions: [access.permission, ...(access.further?.(request) ?? [])],
    role: request.principal.role,
    amounts: access.amounts?.(request) ?? [],
    fields: Object.keys((request.body ?? {}) as object),
  };
}

/** Whose key seals it; of an account that several hold, the owner's. */
const customerOf = (about: About | typeof EVERYTHING | undefined, target: Target | undefined): string | undefined =>
  about !== undefined && about !== EVERYTHING && about.kind === 'customer' ? about.id : target?.customers[0];

function heldRequest({ params, body, headers }: FastifyRequest): HeldRequest {
  const ifMatch = headers['if-match'];
  return { params: { ...(params as Record<string, string>) }, ...(body !== undefined && body !== null && { body }), ...(ifMatch !== undefined && { ifMatch }) };
}
