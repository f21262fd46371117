import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { alertKindSchema, severitySchema } from '../risk/values.js';
import { idSchema, timeSchema } from '../values.js';

const module = 'alerting';
const webhookId = idSchema;

/** `kinds` null: of every kind. The url holds no password. */
export const webhookShape = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 lower-case letters, digits and hyphens'), url: z.string().min(1).max(2_000), severity: severitySchema,
  kinds: z.array(alertKindSchema).min(1).max(50).nullable(),
};

/** A program that is told of alerts, once it has a secret. */
export const WebhookRegistered = defineEvent({ module, type: 'WebhookRegistered', shape: { webhookId, ...webhookShape } });
/** The whole of what is asked from now on. */
export const WebhookChanged = defineEvent({ module, type: 'WebhookChanged', shape: { webhookId, ...webhookShape } });
/** Secrets are named, never shown. The one before signs as well until `previousUntil`. */
export const WebhookSecretIssued = defineEvent({ module, type: 'WebhookSecretIssued', shape: { webhookId, secretId: idSchema, previousUntil: timeSchema } });
export const WebhookPaused = defineEvent({ module, type: 'WebhookPaused', shape: { webhookId } });
/** It is told what came meanwhile. */
export const WebhookResumed = defineEvent({ module, type: 'WebhookResumed', shape: { webhookId } });
/** For good. */
export const WebhookRemoved = defineEvent({ module, type: 'WebhookRemoved', shape: { webhookId } });

export const webhookEvents = [WebhookRegistered, WebhookChanged, WebhookSecretIssued, WebhookPaused, WebhookResumed, WebhookRemoved] as const;
