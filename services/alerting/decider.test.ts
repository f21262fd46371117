import t from 'tap';
import type { AlertingEvent, AlertSubscription } from '../../shared/events/alerting/events.js';
import { decideAlerting, MOST_SUBSCRIPTIONS, type AlertingCommand } from './decider.js';
import { MOST_WEBHOOKS } from './decide-webhooks.js';
import { alertingRecord, type AlertingState, type WebhookText } from './state.js';

const managers: AlertSubscription = { role: 'branch-manager', branch: null, severity: 'high', kinds: null, by: ['email', 'message', 'email'] };
const subscribe = (subscriptionId: string, subscription = managers): AlertingCommand => ({ kind: 'subscribe', subscriptionId, subscription });

/** The state after these commands, each of which must be accepted. */
function after(...commands: AlertingCommand[]): AlertingState {
  let state = alertingRecord.initial;
  for (const command of commands) {
    const decision = decideAlerting(state, command);
    if (decision.outcome !== 'accept') throw new Error(JSON.stringify(decision));
    for (const event of decision.events) state = alertingRecord.evolve(state, event, { event, revision: 7n } as never);
  }
  return state;
}
const code = (state: AlertingState, command: AlertingCommand): string => {
  const decision = decideAlerting(state, command);
  return decision.outcome === 'reject' ? decision.rejection.code : decision.outcome;
};

t.test('a role is subscribed once for each branch, and unsubscribed', async (t) => {
  const state = after(subscribe('a'), subscribe('b', { ...managers, branch: 'SH-001' }));
  t.same([...state.subscriptions], [['a', { ...managers, by: ['email', 'message'] }], ['b', { ...managers, branch: 'SH-001', by: ['email', 'message'] }]], 'a way named twice is one');
  t.equal(code(state, subscribe('a')), 'nothing', 'the very command again');
  t.equal(code(state, subscribe('c', { ...managers, severity: 'low' })), 'alert_subscription_exists');
  const without = after(subscribe('a'), { kind: 'unsubscribe', subscriptionId: 'a' });
  t.equal(without.subscriptions.size, 0);
  t.equal(code(without, { kind: 'unsubscribe', subscriptionId: 'a' }), 'alert_subscription_not_found');
  t.equal(code(without, subscribe('c')), 'accept');
});

t.test('there are at most so many; who is there already is told first', async (t) => {
  const full = after(...Array.from({ length: MOST_SUBSCRIPTIONS }, (_, n) => subscribe(`s${n}`, { ...managers, branch: `B${n}` })));
  t.equal(code(full, subscribe('more')), 'alert_subscriptions_too_many');
  t.equal(code(full, subscribe('more', { ...managers, branch: 'B1' })), 'alert_subscription_exists');
  const one: AlertingEvent = { type: 'AlertsUnsubscribed', data: { subscriptionId: 's0' } };
  t.equal(code(alertingRecord.evolve(full, one, { event: one, revision: 0n } as never), subscribe('more')), 'accept');
});

const siem: WebhookText = { name: 'siem', url: 'https://siem.example/alerts', severity: 'low', kinds: null };
const faults = [{ pointer: '/url', code: 'address', detail: 'must be an https address' }];
const register = (webhookId: string, text = siem): AlertingCommand => ({ kind: 'register-webhook', webhookId, text, faults: [] });
const at = new Date('2025-01-01T00:00:00Z');
const known = { webhookId: 'a', precondition: (revision: bigint) => revision === 7n };

t.test('a webhook is registered, given secrets, paused, changed and removed', async (t) => {
  t.same(after(register('a')).webhooks.get('a'), { ...siem, status: 'active', secrets: [], revision: 7n });
  const issue = (secretId: string): AlertingCommand => ({ kind: 'issue-webhook-secret', ...known, secretId, at });
  t.same(after(register('a'), issue('s1'), issue('s2'), issue('s3')).webhooks.get('a')?.secrets, [{ secretId: 's3', until: null }, { secretId: 's2', until: '2025-01-02T00:00:00.000Z' }], 'the one before signs for a day more, none before it');
  const paused = after(register('a'), { kind: 'pause-webhook', ...known });
  t.equal(paused.webhooks.get('a')?.status, 'paused');
  t.equal(code(paused, { kind: 'pause-webhook', ...known }), 'nothing');
  t.equal(code(after(register('a')), { kind: 'resume-webhook', ...known }), 'nothing');
  t.equal(after(register('a'), { kind: 'pause-webhook', ...known }, { kind: 'resume-webhook', ...known }).webhooks.get('a')?.status, 'active');
  t.match(after(register('a'), { kind: 'change-webhook', ...known, text: { ...siem, kinds: ['large-cash', 'large-cash'] }, faults: [] }).webhooks.get('a'), { kinds: ['large-cash'] });
  t.equal(after(register('a'), { kind: 'remove-webhook', ...known }).webhooks.size, 0);
});

t.test('what is refused of webhooks, in its order', async (t) => {
  const state = after(register('a'), register('b', { ...siem, name: 'other' }));
  const gone = { webhookId: 'x', precondition: () => false };
  const stale = { webhookId: 'a', precondition: () => false };
  t.equal(code(state, { kind: 'change-webhook', ...gone, text: siem, faults }), 'webhook_not_found');
  t.equal(code(state, { kind: 'change-webhook', ...stale, text: siem, faults }), 'if_match_stale');
  for (const kind of ['pause-webhook', 'resume-webhook', 'remove-webhook'] as const) t.equal(code(state, { kind, ...stale }), 'if_match_stale');
  t.equal(code(state, { kind: 'change-webhook', ...known, text: { ...siem, name: 'other' }, faults }), 'webhook_address_refused');
  t.equal(code(state, { kind: 'change-webhook', ...known, text: { ...siem, name: 'other' }, faults: [] }), 'webhook_name_taken');
  t.equal(code(state, { kind: 'register-webhook', webhookId: 'c', text: siem, faults }), 'webhook_address_refused');
  t.equal(code(state, register('c')), 'webhook_name_taken');
  t.equal(code(state, register('a')), 'nothing', 'the very command again');
  const full = after(...Array.from({ length: MOST_WEBHOOKS }, (_, n) => register(`w${n}`, { ...siem, name: `w${n}` })));
  t.equal(code(full, register('more', { ...siem, name: 'w1' })), 'webhook_name_taken');
  t.equal(code(full, register('more')), 'webhooks_too_many');
});
