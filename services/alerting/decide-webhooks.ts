import type { WebhookEvent } from '../../shared/events/alerting/events.js';
import { accept, nothing, reject, unreachable, type Decision, type FieldError } from '../../shared/kernel/decision.js';
import type { WebhookCode } from './rejections.js';
import type { AlertingState, Webhook, WebhookText } from './state.js';

interface Known { readonly webhookId: string; readonly precondition: (revision: bigint) => boolean }
export type WebhookCommand =
  /** `faults`: what is against ever calling the address. */
  | { readonly kind: 'register-webhook'; readonly webhookId: string; readonly text: WebhookText; readonly faults: readonly FieldError[] }
  | (Known & { readonly kind: 'change-webhook'; readonly text: WebhookText; readonly faults: readonly FieldError[] })
  | (Known & { readonly kind: 'issue-webhook-secret'; readonly secretId: string; readonly at: Date })
  | (Known & { readonly kind: 'pause-webhook' | 'resume-webhook' | 'remove-webhook' });

export const MOST_WEBHOOKS = 20;
/** So long the secret before signs as well, that receivers can change theirs at leisure. */
const BOTH_SIGN_MS = 24 * 3_600_000;

type WebhookDecision = Decision<WebhookEvent, WebhookCode | 'if_match_stale'>;

export function decideWebhook({ webhooks }: AlertingState, command: WebhookCommand): WebhookDecision {
  const { webhookId } = command;
  const known = webhooks.get(webhookId);
  if (command.kind === 'register-webhook') {
    // The id is made from the command: what is there was registered by this very one.
    if (known) return nothing;
    const fault = faultOf(webhooks, command);
    if (fault) return fault;
    return webhooks.size >= MOST_WEBHOOKS ? reject('webhooks_too_many', `at most ${MOST_WEBHOOKS}`) : accept({ type: 'WebhookRegistered', data: { webhookId, ...textOf(command.text) } });
  }
  if (!known) return reject('webhook_not_found');
  if (!command.precondition(known.revision)) return reject('if_match_stale', `the webhook is at revision ${known.revision}`);
  switch (command.kind) {
    case 'change-webhook':
      return faultOf(webhooks, command) ?? accept({ type: 'WebhookChanged', data: { webhookId, ...textOf(command.text) } });
    case 'issue-webhook-secret':
      return accept({ type: 'WebhookSecretIssued', data: { webhookId, secretId: command.secretId, previousUntil: new Date(command.at.getTime() + BOTH_SIGN_MS).toISOString() } });
    case 'pause-webhook':
      return known.status === 'paused' ? nothing : accept({ type: 'WebhookPaused', data: { webhookId } });
    case 'resume-webhook':
      return known.status === 'active' ? nothing : accept({ type: 'WebhookResumed', data: { webhookId } });
    case 'remove-webhook':
      return accept({ type: 'WebhookRemoved', data: { webhookId } });
    default:
      return unreachable(command);
  }
}

function faultOf(webhooks: ReadonlyMap<string, Webhook>, { webhookId, text, faults }: { readonly webhookId: string; readonly text: WebhookText; readonly faults: readonly FieldError[] }): Decision<never, WebhookCode> | undefined {
  if (faults.length > 0) return reject('webhook_address_refused', undefined, faults);
  return [...webhooks].some(([id, { name }]) => name === text.name && id !== webhookId) ? reject('webhook_name_taken') : undefined;
}

const textOf = ({ name, url, severity, kinds }: WebhookText) => ({ name, url, severity, kinds: kinds && [...new Set(kinds)] });
