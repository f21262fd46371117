import { z } from 'zod';
import { branchCodeSchema, roleNameSchema } from '../access/values.js';
import { defineEvent, type EventOf } from '../definition.js';
import { alertKindSchema, severitySchema } from '../risk/values.js';
import { idSchema } from '../values.js';
import { webhookEvents } from './webhook-events.js';

const module = 'alerting';

export const WAYS = ['message', 'email'] as const;
export type Way = (typeof WAYS)[number];

/** Whoever works in a role, at that branch or (null) at any, is told of alerts from a severity on, of these kinds or (null) all; of those alone that they may read. */
export const subscriptionShape = {
  role: roleNameSchema, branch: branchCodeSchema.nullable(), severity: severitySchema, kinds: z.array(alertKindSchema).min(1).max(50).nullable(), by: z.array(z.enum(WAYS)).min(1).max(WAYS.length),
};

/** Null: any branch, all kinds. */
export type AlertSubscription = Omit<EventOf<typeof AlertsSubscribed>['data'], 'subscriptionId'>;

export const AlertsSubscribed = defineEvent({ module, type: 'AlertsSubscribed', shape: { subscriptionId: idSchema, ...subscriptionShape } });
export const AlertsUnsubscribed = defineEvent({ module, type: 'AlertsUnsubscribed', shape: { subscriptionId: idSchema } });

/** Whom the bank tells of risk alerts. Addresses are the bank's own affair: these events are promised to nobody outside. */
export const alertingEvents = [AlertsSubscribed, AlertsUnsubscribed, ...webhookEvents] as const;
export type AlertingEvent = EventOf<(typeof alertingEvents)[number]>;
export type WebhookEvent = EventOf<(typeof webhookEvents)[number]>;
