import type { RouteCase } from '../route-case.js';
import { UNKNOWN } from '../world.js';

/** Alerts come from the evaluator alone, and nothing in this world alerts. */
const one = { targets: () => [], unknown: UNKNOWN, neverGood: 'nobody here has a case' };
const work = { permission: 'risk.work', ...one } as const;
const stale = { 'if-match': '*' };
/** What is written here must not be in force: it would speak of everybody. */
const rule = { targets: () => [], unknown: UNKNOWN, neverGood: 'no rule is drafted here' };
const publish = { permission: 'risk.publish-rules', ...rule } as const;

const webhook = { permission: 'risk.tell', targets: () => [], unknown: UNKNOWN, neverGood: 'no webhook is registered here' } as const;

export const riskCases: readonly RouteCase[] = [
  {
    route: 'GET /v1/risk/cases', permission: 'risk.read',
    asksBy: { status: { hit: () => 'open' }, kind: { hit: () => 'structuring' }, severity: { hit: () => 'high' }, assignee: { hit: () => 'nobody' }, customer: { hit: () => UNKNOWN } },
  },
  { route: 'GET /v1/risk/cases/{id}', permission: 'risk.read', ...one },
  { route: 'GET /v1/risk/cases/{id}/history', permission: 'risk.read', ...one },
  { route: 'GET /v1/risk/cases/{id}/messages', permission: 'risk.read', ...one },
  { route: 'GET /v1/risk/cases/{id}/alerts/{alertId}', permission: 'risk.read', ...one, item: () => UNKNOWN },
  { route: 'PUT /v1/risk/cases/{id}/assignment', ...work, requests: () => [{ body: { assignee: null }, headers: stale }] },
  { route: 'POST /v1/risk/cases/{id}/snooze', ...work, requests: () => [{ body: { until: '2100-01-01T00:00:00Z', reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/risk/cases/{id}/wake', ...work, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/cases/{id}/escalation', ...work, requests: () => [{ body: { reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/risk/cases/{id}/comments', ...work, requests: () => [{ body: { text: 'walk' } }] },
  { route: 'POST /v1/risk/cases/{id}/closing', ...work, requests: () => [{ body: { outcome: 'false_positive', reason: 'walk' }, headers: stale }] },
  {
    route: 'GET /v1/risk/alerts', permission: 'risk.read',
    asksBy: { case: { hit: () => UNKNOWN }, customer: { hit: () => UNKNOWN }, rule: { hit: () => UNKNOWN }, kind: { hit: () => 'structuring' }, severity: { hit: () => 'high' } },
  },
  { route: 'GET /v1/risk/alerts/stream', permission: 'risk.read', requests: () => [{ headers: { 'last-event-id': 'none' } }], neverGood: 'it would not end: projections/risk/stream is tested by itself' },
  { route: 'GET /v1/risk/alert-subscriptions', permission: 'risk.tell' },
  { route: 'POST /v1/risk/alert-subscriptions', permission: 'risk.tell', requests: () => [{ body: { role: 'auditor', severity: 'critical' } }] },
  { route: 'DELETE /v1/risk/alert-subscriptions/{id}', permission: 'risk.tell', targets: () => [], unknown: UNKNOWN, neverGood: 'nobody ends what others asked for', requests: () => [{}] },
  { route: 'GET /v1/risk/webhooks', permission: 'risk.tell' },
  { route: 'POST /v1/risk/webhooks', permission: 'risk.tell', requests: () => [{ body: { name: 'walk', url: 'https://127.0.0.1/' } }], neverGood: 'a walk has the bank call nobody' },
  { route: 'GET /v1/risk/webhooks/{id}', ...webhook },
  { route: 'GET /v1/risk/webhooks/{id}/deliveries', permission: 'risk.tell', targets: () => [], unknown: UNKNOWN },
  { route: 'PUT /v1/risk/webhooks/{id}', ...webhook, requests: () => [{ body: { name: 'walk', url: 'https://siem.example/' }, headers: stale }] },
  { route: 'DELETE /v1/risk/webhooks/{id}', ...webhook, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/webhooks/{id}/secret', ...webhook, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/webhooks/{id}/pause', ...webhook, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/webhooks/{id}/resume', ...webhook, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/webhooks/{id}/ping', ...webhook, requests: () => [{}] },
  { route: 'GET /v1/risk/precision', permission: 'risk.read', asksBy: { rule: { hit: () => UNKNOWN } } },
  { route: 'GET /v1/risk/rules', permission: 'risk.read', asksBy: { status: { hit: () => 'published' }, kind: { hit: () => 'structuring' } } },
  { route: 'GET /v1/risk/rules/{id}', permission: 'risk.read', ...rule },
  { route: 'POST /v1/risk/rules', permission: 'risk.write-rules', neverGood: rule.neverGood, requests: () => [{ body: { name: 'walk' } }] },
  { route: 'PUT /v1/risk/rules/{id}', permission: 'risk.write-rules', ...rule, requests: () => [{ body: { name: 'walk' }, headers: stale }] },
  { route: 'POST /v1/risk/rules/{id}/backtests', permission: 'risk.write-rules', ...rule, requests: () => [{}] },
  { route: 'GET /v1/risk/backtests/{id}', permission: 'risk.read', targets: () => [], unknown: UNKNOWN, neverGood: 'nothing was tried here' },
  { route: 'POST /v1/risk/rules/{id}/submission', permission: 'risk.write-rules', ...rule, requests: () => [{ headers: stale }] },
  { route: 'POST /v1/risk/rules/{id}/return', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/risk/rules/{id}/publication', ...publish, requests: () => [{ body: { hash: '0'.repeat(64) }, headers: stale }] },
  { route: 'POST /v1/risk/rules/{id}/withdrawal', ...publish, requests: () => [{ body: { reason: 'walk' }, headers: stale }] },
  { route: 'POST /v1/risk/rules/{id}/resumption', ...publish, requests: () => [{ headers: stale }] },
];
