import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { reachOf } from '../../shared/access/rights.js';
import { webhookShape } from '../../shared/events/alerting/webhook-events.js';
import { severitySchema } from '../../shared/events/risk/values.js';
import { commandAnswer, commandResultSchema } from '../../shared/http/answers.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import { idParams } from '../../shared/http/id-params.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { Alerting } from './alerting.js';
import type { WebhookCommand } from './decide-webhooks.js';
import { webhookRejections } from './rejections.js';
import type { Webhook } from './state.js';
import { secretText } from './webhook-secrets.js';

export interface WebhooksModuleOptions {
  readonly alerting: Alerting;
  readonly secretOf: (secretId: string) => Buffer;
  /** What is against ever calling this address; undefined: nothing. */
  readonly faultOf: (url: string) => string | undefined;
  /** Sends one signed `ping`; why it was not taken, undefined where it was. */
  readonly ping: (webhookId: string, webhook: Webhook) => Promise<string | undefined>;
}

const code = internal(z.string());
const webhookBody = z.strictObject({
  ...webhookShape, severity: webhookShape.severity.default('low'), kinds: webhookShape.kinds.default(null).meta({ description: 'Kinds of alerts; null: all' }),
});
const webhookSchema = z.object({
  id: z.uuid(), revision: z.int(), name: code, url: code, severity: severitySchema, kinds: z.array(code).nullable(), status: z.enum(['active', 'paused']),
  secrets: z.array(z.object({ id: z.uuid(), until: z.iso.datetime().optional() })).meta({ description: 'That sign; none: nothing is sent' }),
}).meta({ id: 'Webhook' });
const secretSchema = z.object({ id: z.uuid(), secret: code.meta({ description: 'whsec_ and base64; shown here alone' }), revision: z.int() }).meta({ id: 'WebhookSecret' });
const pingSchema = z.object({ taken: z.boolean(), reason: code.optional() }).meta({ id: 'WebhookPing' });

const tags = ['risk'];
const access = { permission: 'risk.tell' } as const;
const writes = { idempotency: 'honoured', sends: ['ETag'], access } as const;
const changes = { ...writes, ifMatch: true } as const;
const response = { 200: commandResultSchema };

/** Programs outside that are told of risk alerts. */
export function webhooksModule({ alerting, secretOf, faultOf, ping }: WebhooksModuleOptions): RouteModule {
  async function known(id: string): Promise<Webhook> {
    const webhook = (await alerting.current()).webhooks.get(id);
    if (!webhook) throw new Refusal({ code: 'webhook_not_found' });
    return webhook;
  }
  const faults = (url: string) => {
    const detail = faultOf(url);
    return detail === undefined ? [] : [{ pointer: '/url', code: 'address', detail }];
  };
  /** A program is told of everybody's alerts: whose reach is a branch has none told. */
  async function run(request: FastifyRequest, command: WebhookCommand) {
    if (!reachOf(request.principal.rights, 'risk.tell').everything) throw new Refusal({ code: 'outside_scope' });
    return alerting.execute(command, commandContext(request));
  }

  return {
    name: 'webhooks',
    description: 'Programs outside that are told of risk alerts',
    rejections: webhookRejections,
    routes(server) {
      server.get('/v1/risk/webhooks', { config: { access }, schema: { tags, summary: 'Programs that are told of alerts', response: { 200: z.object({ items: z.array(webhookSchema) }) } } },
        async () => ({ items: [...(await alerting.current()).webhooks].map(([id, webhook]) => webhookView(id, webhook)) }));

      server.get('/v1/risk/webhooks/:id', { config: { sends: ['ETag'], access }, schema: { tags, summary: 'A program that is told of alerts', params: idParams, response: { 200: webhookSchema } } }, async (request, reply) => {
        const webhook = await known(request.params.id);
        return reply.header('etag', etagOf(webhook.revision)).send(webhookView(request.params.id, webhook));
      });

      server.post('/v1/risk/webhooks', {
        config: writes, schema: { tags, summary: 'Register a program; it is told once it has a secret', body: webhookBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const webhookId = createdIdOf(commandContext(request).commandId, 'webhook');
        const done = await run(request, { kind: 'register-webhook', webhookId, text: request.body, faults: faults(request.body.url) });
        return reply.code(201).header('location', `/v1/risk/webhooks/${webhookId}`).header('etag', etagOf(done.revision)).send(commandAnswer({ ...done, id: webhookId }));
      });

      server.put('/v1/risk/webhooks/:id', { config: changes, schema: { tags, summary: 'Change what it is told, or where', params: idParams, body: webhookBody, response } }, async (request, reply) => {
        const { id: webhookId } = request.params;
        const done = await run(request, { kind: 'change-webhook', webhookId, text: request.body, faults: faults(request.body.url), precondition: requiredPrecondition(request) });
        return reply.header('etag', etagOf(done.revision)).send(commandAnswer({ ...done, id: webhookId }));
      });

      server.post('/v1/risk/webhooks/:id/secret', {
        config: { ...changes, access: { ...access, runsAtOnce: true } },
        schema: { tags, summary: 'Have a new secret made, shown once; the one before signs as well for 24 hours', params: idParams, response: { 200: secretSchema } },
      }, async (request, reply) => {
        const { id: webhookId } = request.params;
        const context = commandContext(request);
        const secretId = createdIdOf(context.commandId, 'webhook-secret');
        const { revision } = await run(request, { kind: 'issue-webhook-secret', webhookId, secretId, at: context.at, precondition: requiredPrecondition(request) });
        return reply.header('etag', etagOf(revision)).header('cache-control', 'no-store').send({ id: secretId, secret: secretText(secretOf(secretId)), revision: Number(revision) });
      });

      for (const [action, summary] of [['pause', 'Send it nothing until it is resumed'], ['resume', 'Send to it again, what came meanwhile first']] as const)
        server.post(`/v1/risk/webhooks/:id/${action}`, { config: changes, schema: { tags, summary, params: idParams, response } }, async (request, reply) => {
          const { id: webhookId } = request.params;
          const done = await run(request, { kind: `${action}-webhook`, webhookId, precondition: requiredPrecondition(request) });
          return reply.header('etag', etagOf(done.revision)).send(commandAnswer({ ...done, id: webhookId }));
        });

      server.delete('/v1/risk/webhooks/:id', { config: changes, schema: { tags, summary: 'Send it nothing any more', params: idParams, response } }, async (request, reply) => {
        const { id: webhookId } = request.params;
        const done = await run(request, { kind: 'remove-webhook', webhookId, precondition: requiredPrecondition(request) });
        return reply.header('etag', etagOf(done.revision)).send(commandAnswer({ ...done, id: webhookId }));
      });

      server.post('/v1/risk/webhooks/:id/ping', {
        config: { access: { ...access, runsAtOnce: true } }, schema: { tags, summary: 'Send it a signed `ping`, which tells of nobody, and see what it answers', params: idParams, response: { 200: pingSchema } },
      }, async (request) => {
        const webhook = await known(request.params.id);
        if (webhook.secrets.length === 0) throw new Refusal({ code: 'webhook_without_secret' });
        const reason = await ping(request.params.id, webhook);
        return { taken: reason === undefined, ...(reason !== undefined && { reason }) };
      });
    },
  };
}

const webhookView = (id: string, { revision, name, url, severity, kinds, status, secrets }: Webhook): z.output<typeof webhookSchema> => ({
  id, revision: Number(revision), name, url, severity, kinds: kinds && [...kinds], status, secrets: secrets.map(({ secretId, until }) => ({ id: secretId, ...(until !== null && { until }) })),
});
