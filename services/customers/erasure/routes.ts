import { z } from 'zod';
import { classified, internal } from '../../../shared/access/classified.js';
import { channelSchema, dateSchema } from '../../../shared/events/values.js';
import { commandResultSchema, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal } from '../../../shared/http/context.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Records } from '../../../shared/records/record.js';
import { customerRejections } from '../rejections.js';
import { customerRecord } from '../state.js';
import type { Erasures } from './erasures.js';

const params = z.strictObject({ id: z.uuid().toLowerCase() });
const reason = z.string().trim().min(1).max(500).meta({ description: 'Why; stands in the history until the customer is erased' });
const why = z.strictObject({ reason, channel: channelSchema.optional() });
const restriction = why.extend({ until: dateSchema.optional().meta({ description: 'The bank\'s date through which it is kept; until it is lifted where absent' }) });
const nothingMore = z.strictObject({ channel: channelSchema.optional() }).optional();
const code = internal(z.string());
const staffId = classified(z.string(), 'staff');

const standingSchema = z.object({
  restriction: z.object({ since: z.iso.datetime(), until: code.optional() }).optional(),
  erasure: z.object({
    step: z.enum(['requested', 'confirmed', 'barred', 'backed-up', 'erased']),
    requestedAt: z.iso.datetime(), requestedBy: z.array(staffId).meta({ description: 'Who sent the request, and in whose place' }),
    confirmedAt: z.iso.datetime().optional(), confirmedBy: staffId.optional(), erasedAt: z.iso.datetime().optional(),
    backup: z.object({ escrowKeyId: code, sha256: code }).optional(),
  }).optional(),
}).meta({ id: 'CustomerErasure', description: 'What stands between the customer\'s record and its use; both absent: nothing' });

const about = aboutParam('customer');
const restrict = { idempotency: 'honoured', sends: ['ETag'], access: { permission: 'customers.restrict', about } } as const;
const erase = { ...restrict, access: { permission: 'customers.erase', about } } as const;
const tags = ['customers'];
const response = { 200: commandResultSchema };

/** Restriction and erasure. */
export function erasureModule({ erasures, records }: { readonly erasures: Erasures; readonly records: Records }): RouteModule {
  return {
    name: 'erasure',
    description: 'Customers whose data is kept and not processed, and customers who are erased',
    rejections: customerRejections,
    routes(server) {
      server.post('/v1/customers/:id/restriction', {
        config: restrict, schema: { tags, summary: 'Restrict a customer: stored and protected, otherwise not processed', params, body: restriction, response },
      }, async (request, reply) => {
        const { reason, until, channel } = request.body;
        return done(reply, await erasures.restrict({ customerId: request.params.id, reason, ...(until !== undefined && { until }) }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/restriction/lift', {
        config: restrict, schema: { tags, summary: 'Lift a restriction', params, body: why, response },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return done(reply, await erasures.liftRestriction({ customerId: request.params.id, reason }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/erasure', {
        config: erase,
        schema: { tags, summary: 'Ask for a customer to be erased', description: 'While the law has the record kept the customer is restricted instead; GET tells which it came to.', params, body: why, response },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return done(reply, await erasures.request({ customerId: request.params.id, reason }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/erasure/confirmation', {
        config: erase,
        schema: { tags, summary: 'Confirm, as another person than who asked, that a customer is erased', description: 'Sent again it goes on from where it was interrupted.', params, body: nothingMore, response },
      }, async (request, reply) => done(reply, await erasures.confirm(request.params.id, commandContext(request, request.body?.channel))));

      server.post('/v1/customers/:id/erasure/withdrawal', {
        config: erase, schema: { tags, summary: 'Take back a request that nobody has confirmed', params, body: nothingMore, response },
      }, async (request, reply) => done(reply, await erasures.withdraw(request.params.id, commandContext(request, request.body?.channel))));

      server.get('/v1/customers/:id/erasure', {
        config: { access: { permission: 'customers.read', about } }, schema: { tags, summary: 'Whether a customer is restricted, about to be erased, or was erased when and by whom', params, response: { 200: standingSchema } },
      }, async (request) => {
        const state = (await records.load(customerRecord, request.params.id))?.state;
        if (!state || state.status === 'absent') throw new Refusal({ code: 'customer_not_found' });
        const { restriction: kept, erasure } = state;
        return {
          ...(kept && { restriction: { since: kept.since, ...(kept.until !== null && { until: kept.until }) } }),
          ...(erasure && { erasure: { ...erasure, requestedBy: [...erasure.requestedBy] } }),
        };
      });
    },
  };
}
