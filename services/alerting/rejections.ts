import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** Of subscriptions, in order of precedence. */
export const subscriptionRejections = defineRejections([
  { code: 'alert_subscription_not_found', status: 404, title: 'No such subscription' },
  { code: 'alert_subscription_exists', status: 409, title: 'This role, at this branch, is subscribed already' },
  { code: 'alert_subscriptions_too_many', status: 422, title: 'There are as many subscriptions as there may be' },
]);

/** Of webhooks, in order of precedence; `if_match_stale` comes after the first. */
export const webhookRejections = defineRejections([
  { code: 'webhook_not_found', status: 404, title: 'No such webhook' },
  { code: 'webhook_address_refused', status: 422, title: 'The bank does not call this address' },
  { code: 'webhook_name_taken', status: 409, title: 'Another webhook has this name' },
  { code: 'webhooks_too_many', status: 422, title: 'There are as many webhooks as there may be' },
  { code: 'webhook_without_secret', status: 422, title: 'The webhook has no secret that could sign' },
]);
export type WebhookCode = CodeOf<typeof webhookRejections>;
export type AlertingCode = CodeOf<typeof subscriptionRejections> | WebhookCode;
