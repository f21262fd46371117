import { EVENT_STREAM } from '../event-stream.js';
import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type World } from '../world.js';

const ofCustomers = { targets: ({ riskCases }: World) => riskCases, unknown: UNKNOWN };
const work = { permission: 'risk.work', targets: ({ spare, riskCases }: World) => [{ id: spare.riskCase, owners: riskCases[0]!.owners }, riskCases[1]!], unknown: UNKNOWN } as const;
const anyRevision = { 'if-match': '*' };
/** What is written here must not be in force: it would speak of everybody. */
const rule = { targets: () => [], unknown: UNKNOWN, neverGood: 'no rule is drafted here' };
const publish = { permission: 'risk.publish-rules', ...rule } as const;

const ofWebhook = { permission: 'risk.tell', targets: ({ webhook: one }: World) => [one], unknown: UNKNOWN } as const;
const webhook = { permission: 'risk.tell', targets: () => [], unknown: UNKNOWN, neverGood: 'what is registered is not changed' } as const;

export const riskCases: readonly RouteCase[] = [
  {
    route: 'GET /v1/risk/cases', permission: 'risk.read',
    asksBy: { status: { hit: () => 'open' }, kind: { hit: () => 'large-cash' }, severity: { hit: () => 'medium' }, assignee: { hit: () => 'nobody' }, customer: { hit: ({ customers }) => customers[1]!.id } },
  },
  { route: 'GET /v1/risk/cases/{id}', permission: 'risk.read', ...ofCustomers },
  { route: 'GET /v1/risk/cases/{id}/history', permission: 'risk.read', ...ofCustomers },
  { route: 'GET /v1/risk/cases/{id}/messages', permission: 'risk.read', ...ofCustomers },
  { route: 'GET /v1/risk/cases/{id}/alerts/{alertId}', permission: 'risk.read', ...ofCustomers, item: ({ alerts }, id) => alerts.get(id) ?? UNKNOWN },
  { route: 'PUT /v1/risk/cases/{id}/assignment', ...work, requests: () => [{ body: { assignee: null }, headers: anyRevision }] },
  { route: 'POST /v1/risk/cases/{id}/snooze', ...work, requests: () => [{ body: { until: new Date(Date.now() + 86_400_000).toISOString(), reason: 'walk' }, headers: anyRevision }] },
  { route: 'POST /v1/risk/cases/{id}/wake', ...work, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/cases/{id}/escalation', ...work, requests: () => [{ body: { reason: 'walk' }, headers: anyRevision }] },
  { route: 'POST /v1/risk/cases/{id}/comments', ...work, requests: () => [{ body: { text: 'walk' } }] },
  { route: 'POST /v1/risk/cases/{id}/closing', ...work, requests: () => [{ body: { outcome: 'false_positive', reason: 'walk' }, headers: anyRevision }] },
  {
    route: 'GET /v1/risk/alerts', permission: 'risk.read',
    asksBy: { case: { hit: ({ riskCases }) => riskCases[1]!.id }, customer: { hit: ({ customers }) => customers[1]!.id }, rule: { hit: () => UNKNOWN }, kind: { hit: () => 'large-cash' }, severity: { hit: () => 'medium' } },
  },
  { route: 'GET /v1/risk/alerts/stream', permission: 'risk.read', requests: () => [{ headers: { accept: EVENT_STREAM, 'last-event-id': '0' } }, { headers: { accept: EVENT_STREAM, 'last-event-id': 'none' } }] },
  { route: 'GET /v1/risk/alert-subscriptions', permission: 'risk.tell' },
  { route: 'POST /v1/risk/alert-subscriptions', permission: 'risk.tell', requests: () => [{ body: { role: 'auditor', severity: 'critical' } }] },
  { route: 'DELETE /v1/risk/alert-subscriptions/{id}', permission: 'risk.tell', targets: () => [], unknown: UNKNOWN, neverGood: 'nobody ends what others asked for', requests: () => [{}] },
  { route: 'GET /v1/risk/webhooks', permission: 'risk.tell' },
  { route: 'POST /v1/risk/webhooks', permission: 'risk.tell', requests: () => [{ body: { name: 'walk', url: 'https://127.0.0.1/' } }], neverGood: 'a walk has the bank call nobody' },
  { route: 'GET /v1/risk/webhooks/{id}', ...ofWebhook },
  { route: 'GET /v1/risk/webhooks/{id}/deliveries', ...ofWebhook, requests: () => [{}, { query: 'limit=1' }] },
  { route: 'PUT /v1/risk/webhooks/{id}', ...webhook, requests: () => [{ body: { name: 'walk', url: 'https://siem.example/' }, headers: anyRevision }] },
  { route: 'DELETE /v1/risk/webhooks/{id}', ...webhook, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/webhooks/{id}/secret', ...webhook, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/webhooks/{id}/pause', ...webhook, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/webhooks/{id}/resume', ...webhook, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/webhooks/{id}/ping', ...webhook, requests: () => [{}] },
  { route: 'GET /v1/risk/precision', permission: 'risk.read', asksBy: { rule: { hit: () => UNKNOWN } } },
  { route: 'GET /v1/risk/rules', permission: 'risk.read', asksBy: { status: { hit: () => 'published' }, kind: { hit: () => 'structuring' } } },
  { route: 'GET /v1/risk/rules/{id}', permission: 'risk.read', targets: (world) => [world.rule], unknown: UNKNOWN },
  { route: 'POST /v1/risk/rules', permission: 'risk.write-rules', neverGood: rule.neverGood, requests: () => [{ body: { name: 'walk' } }] },
  { route: 'PUT /v1/risk/rules/{id}', permission: 'risk.write-rules', ...rule, requests: () => [{ body: { name: 'walk' }, headers: anyRevision }] },
  { route: 'POST /v1/risk/rules/{id}/backtests', permission: 'risk.write-rules', ...rule, requests: () => [{}] },
  { route: 'GET /v1/risk/backtests/{id}', permission: 'risk.read', targets: ({ backtest }) => [backtest], unknown: UNKNOWN },
  { route: 'POST /v1/risk/rules/{id}/submission', permission: 'risk.write-rules', ...rule, requests: () => [{ headers: anyRevision }] },
  { route: 'POST /v1/risk/rules/{id}/return', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: anyRevision }] },
  { route: 'POST /v1/risk/rules/{id}/publication', ...publish, requests: () => [{ body: { hash: '0'.repeat(64) }, headers: anyRevision }] },
  { route: 'POST /v1/risk/rules/{id}/withdrawal', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: anyRevision }] },
  { route: 'POST /v1/risk/rules/{id}/resumption', ...publish, requests: () => [{ headers: anyRevision }] },
];
