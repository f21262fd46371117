import { z } from 'zod';
import { internal } from '../../../shared/access/classified.js';
import { IDENTITY_METHODS, identityOutcomeSchema } from '../../../shared/events/customers/identity-events.js';
import { commandResultSchema, created } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal } from '../../../shared/http/context.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import { customerRejections } from '../rejections.js';
import type { IdentityChecks } from './identity-checks.js';

const documentId = z.uuid().toLowerCase();
const checkBody = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('registry') }),
  z.strictObject({
    method: z.literal('face'),
    document: documentId.meta({ description: 'A document of the customer of kind id-document-front, a picture' }),
    liveImage: documentId.meta({ description: 'One of kind photo, just taken' }),
  }),
]);

const code = internal(z.string());
const checkSchema = z.object({
  id: z.uuid(), at: z.iso.datetime(), by: code, method: z.enum(IDENTITY_METHODS), provider: code, outcome: identityOutcomeSchema, score: z.number().optional(), reference: code.optional(),
}).meta({ id: 'IdentityCheck' });

const about = aboutParam('customer');
const tags = ['customers'];

/** Asking others who a customer is (SPEC CUST-12). */
export function identityChecksModule({ checks }: { readonly checks: IdentityChecks }): RouteModule {
  return {
    name: 'identity-checks',
    description: 'Whether a customer is who they say: what registers of persons and face matching said',
    rejections: customerRejections,
    routes(server) {
      server.post('/v1/customers/:id/identity-checks', {
        config: { idempotency: 'honoured', sends: ['ETag', 'Location'], access: { permission: 'customers.verify', about } },
        schema: {
          tags, summary: 'Have a customer\'s identity checked', params: idParams, body: checkBody, response: { 201: commandResultSchema },
          description: 'What was found stands in the list of checks, and for the registry as identityVerified of the customer until name or ID document change.',
        },
      }, async (request, reply) => {
        const { id } = request.params;
        const context = commandContext(request);
        const checkId = createdIdOf(context.commandId, 'identity-check');
        const { revision, position } = await checks.check(id, checkId, request.body, context);
        return created(reply, `/v1/customers/${id}/identity-checks`, { id: checkId, revision, position });
      });

      server.get('/v1/customers/:id/identity-checks', {
        config: { access: { permission: 'customers.read', about } },
        schema: { tags, summary: 'What checks of a customer\'s identity found, oldest first', params: idParams, response: { 200: z.object({ items: z.array(checkSchema) }) } },
      }, async (request) => {
        const items = await checks.list(request.params.id);
        if (items === undefined) throw new Refusal({ code: 'customer_not_found' });
        return { items: [...items] };
      });
    },
  };
}
