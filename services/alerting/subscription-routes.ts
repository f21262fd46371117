import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { subscriptionShape, WAYS } from '../../shared/events/alerting/events.js';
import { severitySchema } from '../../shared/events/risk/values.js';
import { commandAnswer, commandResultSchema } from '../../shared/http/answers.js';
import { commandContext } from '../../shared/http/command-context.js';
import { idParams } from '../../shared/http/id-params.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { Alerting } from './alerting.js';
import { subscriptionRejections } from './rejections.js';

const code = internal(z.string());
const subscriptionBody = z.strictObject({
  ...subscriptionShape, branch: subscriptionShape.branch.default(null).meta({ description: 'Who works there in this role; null: at any branch' }), severity: subscriptionShape.severity.default('low'),
  kinds: subscriptionShape.kinds.default(null).meta({ description: 'Kinds of alerts; null: all' }), by: subscriptionShape.by.default(['message']),
});
const subscriptionSchema = z.object({ id: z.uuid(), role: code, branch: code.nullable(), severity: severitySchema, kinds: z.array(code).nullable(), by: z.array(z.enum(WAYS)) }).meta({ id: 'AlertSubscription' });

const tags = ['risk'];
const access = { permission: 'risk.tell' } as const;
const writes = { idempotency: 'honoured', access } as const;

/** Who of staff is told of risk cases by mail and by message. */
export function subscriptionsModule(alerting: Alerting): RouteModule {
  return {
    name: 'alert-subscriptions',
    description: 'Who of staff is told of risk cases by mail and by message',
    rejections: subscriptionRejections,
    routes(server) {
      server.get('/v1/risk/alert-subscriptions', {
        config: { access }, schema: { tags, summary: 'Which roles are told of risk cases', response: { 200: z.object({ items: z.array(subscriptionSchema) }) } },
      }, async () => ({ items: [...(await alerting.current()).subscriptions].map(([id, { kinds, by, ...one }]) => ({ id, ...one, kinds: kinds && [...kinds], by: [...by] })) }));

      server.post('/v1/risk/alert-subscriptions', {
        config: writes,
        schema: {
          tags, summary: 'Have those in a role told of risk cases', body: subscriptionBody, response: { 201: commandResultSchema },
          description: 'Told of each alert are those who may read its case, beside whom it is assigned to. A message names case, kind and severity and nothing else.',
        },
      }, async (request, reply) => {
        const context = commandContext(request);
        const subscriptionId = createdIdOf(context.commandId, 'alert-subscription');
        const done = await alerting.execute({ kind: 'subscribe', subscriptionId, subscription: request.body }, context);
        return reply.code(201).header('location', `/v1/risk/alert-subscriptions/${subscriptionId}`).send(commandAnswer({ ...done, id: subscriptionId }));
      });

      server.delete('/v1/risk/alert-subscriptions/:id', { config: writes, schema: { tags, summary: 'Tell them no more', params: idParams, response: { 200: commandResultSchema } } }, async (request) => {
        const { id } = request.params;
        return commandAnswer({ ...(await alerting.execute({ kind: 'unsubscribe', subscriptionId: id }, commandContext(request))), id });
      });
    },
  };
}
