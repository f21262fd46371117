import type { FastifyRequest } from 'fastify';
import { decideAccess, type Target } from '../../shared/access/rights.js';
import type { ApprovedRuns } from '../../shared/http/approved-runs.js';
import { Refusal } from '../../shared/http/context.js';
import { checkTarget, refuseOutOfReach } from '../../shared/http/route-access.js';
import type { KnownApproval } from './state.js';

/** Throws what is answered where nothing of that kind is within reach, unless the reader's own permission for this route reaches the record concerned. */
export function refuseBeyondReach(request: FastifyRequest, approval: KnownApproval | undefined): void {
  const { permission } = request.routeOptions.config.access!;
  const target: Target = approval === undefined ? { branch: '', customers: [] }
    : { branch: approval.branch, manager: approval.manager, customers: approval.customerId === undefined ? [] : [approval.customerId] };
  if (decideAccess(request.principal.rights, { permission, target }) !== undefined) refuseOutOfReach(request);
}

/** Throws unless who approves could have sent the very command: permission, scope and limit, and sees the fields it names. */
export async function refuseUnlessAble(request: FastifyRequest, approval: KnownApproval, runs: ApprovedRuns): Promise<void> {
  const route = runs.routeOf(approval);
  if (route === undefined || approval.request === undefined) throw new Refusal({ code: 'approval_unreadable' });
  // What the command is about depends on who requested it; what may be done, on who approves.
  const asked = {
    principal: { ...approval.requester, rights: request.principal.rights },
    params: approval.request.params, body: approval.request.body, query: {}, views: request.views, findTarget: request.findTarget,
    method: approval.method, routeOptions: { url: approval.route, config: { access: route.access }, schema: { body: route.body } },
  } as unknown as FastifyRequest;
  await checkTarget(asked, request.findTarget, request.principal.rights);
}
