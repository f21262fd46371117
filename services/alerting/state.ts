import type { AlertingEvent, AlertSubscription, WebhookEvent } from '../../shared/events/alerting/events.js';
import type { Severity } from '../../shared/events/risk/values.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';

export interface WebhookText {
  readonly name: string;
  readonly url: string;
  /** Told from this severity on. */
  readonly severity: Severity;
  /** Null: all. */
  readonly kinds: readonly string[] | null;
}

export interface Webhook extends WebhookText {
  readonly status: 'active' | 'paused';
  /** Of the stream's event that changed it last: its ETag. */
  readonly revision: bigint;
  /** The newest first; `until` (ISO, exclusive) null: until another is issued. */
  readonly secrets: readonly { readonly secretId: string; readonly until: string | null }[];
}

/** Whom the bank tells of risk alerts, all of it: there are few. */
export interface AlertingState {
  readonly subscriptions: ReadonlyMap<string, AlertSubscription>;
  readonly webhooks: ReadonlyMap<string, Webhook>;
}

/** Stream "alerting-bank", the only one. */
export const alertingRecord = defineRecord<AlertingState, AlertingEvent>({
  name: 'alerting',
  initial: { subscriptions: new Map(), webhooks: new Map() },
  evolve(state, event, { revision }) {
    switch (event.type) {
      case 'AlertsSubscribed': {
        const { subscriptionId, ...subscription } = event.data;
        return { ...state, subscriptions: new Map(state.subscriptions).set(subscriptionId, subscription) };
      }
      case 'AlertsUnsubscribed':
        return { ...state, subscriptions: new Map([...state.subscriptions].filter(([id]) => id !== event.data.subscriptionId)) };
      default:
        return { ...state, webhooks: evolveWebhooks(state.webhooks, event, revision) };
    }
  },
});

function evolveWebhooks(webhooks: ReadonlyMap<string, Webhook>, { type, data }: WebhookEvent, revision: bigint): ReadonlyMap<string, Webhook> {
  const { webhookId } = data;
  const known = webhooks.get(webhookId);
  const now = (webhook: Omit<Webhook, 'revision'>) => new Map(webhooks).set(webhookId, { ...webhook, revision });
  if (type === 'WebhookRegistered') {
    const { name, url, severity, kinds } = data;
    return now({ name, url, severity, kinds, status: 'active', secrets: [] });
  }
  if (!known) return webhooks;
  switch (type) {
    case 'WebhookChanged': {
      const { name, url, severity, kinds } = data;
      return now({ ...known, name, url, severity, kinds });
    }
    case 'WebhookSecretIssued':
      return now({ ...known, secrets: [{ secretId: data.secretId, until: null }, ...known.secrets.slice(0, 1).map(({ secretId }) => ({ secretId, until: data.previousUntil }))] });
    case 'WebhookPaused':
      return now({ ...known, status: 'paused' });
    case 'WebhookResumed':
      return now({ ...known, status: 'active' });
    case 'WebhookRemoved':
      return new Map([...webhooks].filter(([id]) => id !== webhookId));
    default:
      return unreachable(type);
  }
}
