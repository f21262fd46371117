import type { FastifyRequest } from 'fastify';
import { decidingRights, forCommand } from '../../shared/access/deciding-rights.js';
import { decideAccess, type Target } from '../../shared/access/rights.js';
import type { ApprovedRuns } from '../../shared/http/approved-runs.js';
import { Refusal } from '../../shared/http/context.js';
import { checkTarget, refuseOutOfReach } from '../../shared/http/route-access.js';
import type { KnownApproval } from './state.js';

/**
 * Throws what is answered where nothing of that kind is within reach, unless the reader's own permission for this route reaches the record concerned,
 * for such a command. Scope `own` reaches no record here: what others request about a customer is not the customer's to see.
 */
export function refuseBeyondReach(request: FastifyRequest, approval: KnownApproval | undefined): void {
  const { permission } = request.routeOptions.config.access!;
  const { rights } = request.principal;
  // Of what is not there nobody can say which command it waits for: a permit for some commands alone reaches it as little as what it does not name.
  const held = forCommand(rights, permission, approval?.permission ?? '');
  if (decideAccess(held, { permission, target: approval === undefined ? NOWHERE : { ...targetOf(approval), customers: [] } }) !== undefined) refuseOutOfReach(request);
}

const NOWHERE: Target = { branch: '', customers: [] };
const targetOf = ({ branch, manager, customerId }: KnownApproval): Target => ({ branch, manager, customers: customerId === undefined ? [] : [customerId] });

/** Throws unless who approves may: by a permit that names the command, or because they could have sent it; in scope and limit, and seeing the fields it names. */
export async function refuseUnlessAble(request: FastifyRequest, approval: KnownApproval, runs: ApprovedRuns): Promise<void> {
  const route = runs.routeOf(approval);
  if (route === undefined || approval.request === undefined) throw new Refusal({ code: 'approval_unreadable' });
  // What the command is about depends on who requested it; what may be done, on who approves.
  const asked = {
    principal: { ...approval.requester, rights: request.principal.rights },
    params: approval.request.params, body: approval.request.body, query: {}, views: request.views, findTarget: request.findTarget,
    method: approval.method, routeOptions: { url: approval.route, config: { access: route.access }, schema: { body: route.body } },
  } as unknown as FastifyRequest;
  const rights = decidingRights(request.principal.rights, { target: targetOf(approval), amounts: route.access.amounts?.(asked) });
  await checkTarget(asked, request.findTarget, rights);
}
