import type { AlertingEvent, AlertSubscription } from '../../shared/events/alerting/events.js';
import { accept, nothing, reject, type Decision } from '../../shared/kernel/decision.js';
import { decideWebhook, type WebhookCommand } from './decide-webhooks.js';
import type { AlertingCode } from './rejections.js';
import type { AlertingState } from './state.js';

export type AlertingCommand =
  | { readonly kind: 'subscribe'; readonly subscriptionId: string; readonly subscription: AlertSubscription }
  | { readonly kind: 'unsubscribe'; readonly subscriptionId: string }
  | WebhookCommand;

export const MOST_SUBSCRIPTIONS = 100;

export function decideAlerting(state: AlertingState, command: AlertingCommand): Decision<AlertingEvent, AlertingCode | 'if_match_stale'> {
  switch (command.kind) {
    case 'subscribe': {
      const { subscriptionId, subscription: { role, branch, severity, kinds, by } } = command;
      // The id is made from the command: what is there was subscribed by this very one.
      if (state.subscriptions.has(subscriptionId)) return nothing;
      if ([...state.subscriptions.values()].some((one) => one.role === role && one.branch === branch)) return reject('alert_subscription_exists');
      if (state.subscriptions.size >= MOST_SUBSCRIPTIONS) return reject('alert_subscriptions_too_many', `at most ${MOST_SUBSCRIPTIONS}`);
      return accept({ type: 'AlertsSubscribed', data: { subscriptionId, role, branch, severity, kinds: kinds && [...new Set(kinds)], by: [...new Set(by)] } });
    }
    case 'unsubscribe':
      return state.subscriptions.has(command.subscriptionId) ? accept({ type: 'AlertsUnsubscribed', data: { subscriptionId: command.subscriptionId } }) : reject('alert_subscription_not_found');
    default:
      return decideWebhook(state, command);
  }
}
