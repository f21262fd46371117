import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classified, internal } from '../../../shared/access/classified.js';
import { BACKUP_PURPOSES, caseNumberSchema } from '../../../shared/events/customers/erasure-events.js';
import { channelSchema, dateSchema } from '../../../shared/events/values.js';
import { commandAnswer, commandResultSchema, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { etagOf, requiredPrecondition, type Precondition } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import type { Records } from '../../../shared/records/record.js';
import { customerRejections } from '../rejections.js';
import { customerRecord } from '../state.js';
import type { Erasures } from './erasures.js';
import type { Protection } from './progress.js';

const params = z.strictObject({ id: z.uuid().toLowerCase() });
const reason = z.string().trim().min(1).max(500).meta({ description: 'Why; stands in the history until the customer is erased' });
const why = z.strictObject({ reason, channel: channelSchema.optional() });
const restriction = why.extend({ until: dateSchema.optional().meta({ description: 'The bank\'s date through which it is kept; until it is lifted where absent' }) });
const nothingMore = z.strictObject({ channel: channelSchema.optional() }).optional();
const opening = z.strictObject({ caseNumber: caseNumberSchema, purpose: z.enum(BACKUP_PURPOSES), channel: channelSchema.optional() });
const openingParams = params.extend({ openingId: z.uuid().toLowerCase() });
const openingResult = commandResultSchema.extend({ openingId: z.uuid() }).meta({ id: 'OpeningResult' });
const code = internal(z.string());
const staffId = classified(z.string(), 'staff');

const requestedBy = z.array(staffId).meta({ description: 'Who sent the request, and in whose place' });

const standingSchema = z.object({
  restriction: z.object({ since: z.iso.datetime(), until: code.optional() }).optional(),
  erasure: z.object({
    step: z.enum(['requested', 'confirmed', 'barred', 'backed-up', 'erased']),
    requestedAt: z.iso.datetime(), requestedBy,
    confirmedAt: z.iso.datetime().optional(), confirmedBy: staffId.optional(),
    backup: z.object({ escrowKeyId: code, sha256: code, keptUntil: code, destroyedAt: z.iso.datetime().optional() }).optional(),
    openings: z.array(z.object({
      id: z.uuid(), caseNumber: code, purpose: z.enum(BACKUP_PURPOSES), requestedAt: z.iso.datetime(), requestedBy,
      approvedAt: z.iso.datetime().optional(), approvedBy: staffId.optional(), openedAt: z.iso.datetime().optional(),
    })),
  }).optional(),
  erasedAt: z.iso.datetime().optional(),
}).meta({ id: 'CustomerErasure', description: 'What stands between the customer\'s record and its use; nothing where all are absent' });

const about = aboutParam('customer');
const restrict = { idempotency: 'honoured', ifMatch: true, sends: ['ETag'], access: { permission: 'customers.restrict', about } } as const;
const erase = { ...restrict, access: { permission: 'customers.erase', about } } as const;
const enquire = { ...erase, ifMatch: false } as const;
const tags = ['customers'];
const response = { 200: commandResultSchema };

/** Whose record, and what of it the sender saw. */
const sent = (request: FastifyRequest): { customerId: string; precondition: Precondition } =>
  ({ customerId: (request.params as { id: string }).id, precondition: requiredPrecondition(request) });

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
        return done(reply, await erasures.restrict({ ...sent(request), reason, ...(until !== undefined && { until }) }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/restriction/lift', {
        config: restrict, schema: { tags, summary: 'Lift a restriction', params, body: why, response },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return done(reply, await erasures.liftRestriction({ ...sent(request), reason }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/erasure', {
        config: erase,
        schema: { tags, summary: 'Ask for a customer to be erased', description: 'While the law has the record kept the customer is restricted instead; GET tells which it came to.', params, body: why, response },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return done(reply, await erasures.request({ ...sent(request), reason }, commandContext(request, channel)));
      });

      server.post('/v1/customers/:id/erasure/confirmation', {
        config: erase,
        schema: { tags, summary: 'Confirm, as another person than who asked, that a customer is erased', description: 'Sent again it goes on from where it was interrupted.', params, body: nothingMore, response },
      }, async (request, reply) => done(reply, await erasures.confirm(sent(request), commandContext(request, request.body?.channel))));

      server.post('/v1/customers/:id/erasure/withdrawal', {
        config: erase, schema: { tags, summary: 'Take back a request that nobody has confirmed', params, body: nothingMore, response },
      }, async (request, reply) => done(reply, await erasures.withdraw(sent(request), commandContext(request, request.body?.channel))));

      server.post('/v1/customers/:id/erasure/openings', {
        config: enquire,
        schema: {
          tags, summary: 'Ask for the backup of an erased customer to be opened for a case', params, body: opening, response: { 201: openingResult },
          description: 'Another person approves it; then both custodians of the escrow open it once with `passbook audit open-escrow`, which is recorded.',
        },
      }, async (request, reply) => {
        const { caseNumber, purpose, channel } = request.body;
        const context = commandContext(request, channel);
        const openingId = createdIdOf(context.commandId, 'opening');
        const result = await erasures.requestOpening({ customerId: request.params.id, openingId, caseNumber, purpose }, context);
        return reply.code(201).header('etag', etagOf(result.revision)).send({ ...commandAnswer(result), openingId });
      });

      server.post('/v1/customers/:id/erasure/openings/:openingId/approval', {
        config: enquire, schema: { tags, summary: 'Approve, as another person than who asked, that a backup is opened', params: openingParams, body: nothingMore, response },
      }, async (request, reply) => {
        const { id, openingId } = request.params;
        return done(reply, await erasures.approveOpening({ customerId: id, openingId }, commandContext(request, request.body?.channel)));
      });

      server.get('/v1/customers/:id/erasure', {
        config: { sends: ['ETag'], access: { permission: 'customers.read', about } }, schema: { tags, summary: 'Whether a customer is restricted, about to be erased, or was erased when and by whom', params, response: { 200: standingSchema } },
      }, async (request, reply) => {
        const loaded = await records.load(customerRecord, request.params.id);
        if (!loaded || loaded.state.status === 'absent') throw new Refusal({ code: 'customer_not_found' });
        return reply.header('etag', etagOf(loaded.revision)).send(standing(loaded.state));
      });
    },
  };
}

/** The answer's shape of it. */
function standing({ restriction, erasure, erasedAt }: Protection): z.input<typeof standingSchema> {
  return {
    ...(restriction && { restriction: { since: restriction.since, ...(restriction.until !== null && { until: restriction.until }) } }),
    ...(erasure && {
      erasure: {
        ...erasure, requestedBy: [...erasure.requestedBy],
        openings: Object.entries(erasure.openings).map(([id, opening]) => ({ id, ...opening, requestedBy: [...opening.requestedBy] })),
      },
    }),
    ...(erasedAt !== null && { erasedAt }),
  };
}
