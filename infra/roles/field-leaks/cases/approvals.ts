import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const waiting = { targets: ({ approvals }: World) => approvals, unknown: UNKNOWN };
const decided = (which: 'approval' | 'rejection' | 'withdrawal') => ({ targets: ({ spare, customers, approvals }: World) => [{ id: spare[which], owners: customers[0]!.owners }, approvals[1]!], unknown: UNKNOWN });
/** A rule that is made would hold back what the other cases send. */
const rule = { targets: () => [], unknown: 'no-such-rule', neverGood: 'no rule is made here' };

export const approvalCases: readonly RouteCase[] = [
  { route: 'GET /v1/approvals', permission: 'approvals.read', asksBy: { status: { hit: () => 'pending' }, mine: { hit: () => 'true' } } },
  { route: 'GET /v1/approvals/{id}', permission: 'approvals.read', ...waiting },
  { route: 'POST /v1/approvals/{id}/approval', permission: 'approvals.decide', ...decided('approval') },
  { route: 'POST /v1/approvals/{id}/rejection', permission: 'approvals.decide', ...decided('rejection'), requests: () => [{ body: { reason: 'walk' } }] },
  { route: 'POST /v1/approvals/{id}/withdrawal', permission: 'approvals.read', ...decided('withdrawal') },
  { route: 'GET /v1/approval-rules', permission: 'access.read' },
  { route: 'GET /v1/approval-rules/{name}', permission: 'access.read', ...rule },
  { route: 'POST /v1/approval-rules', permission: 'access.administer', ...rule, requests: () => [{ body: { name: '!' } }, { body: {} }] },
  { route: 'PUT /v1/approval-rules/{name}', permission: 'access.administer', ...rule, requests: () => [{ body: {}, headers: { 'if-match': '*' } }] },
  { route: 'DELETE /v1/approval-rules/{name}', permission: 'access.administer', ...rule, requests: () => [{ headers: { 'if-match': '*' } }] },
];
