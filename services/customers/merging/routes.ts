import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classesByMember } from '../../../shared/access/member-classes.js';
import { corporateSchema, individualSchema, profileSchema } from '../../../shared/events/customers/profile.js';
import { channelSchema } from '../../../shared/events/values.js';
import { commandResultSchema, created, done } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { requiredPrecondition } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { aboutParam, type About } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { idSchema } from '../../../shared/events/values.js';
import type { Records } from '../../../shared/records/record.js';
import { customerRecord } from '../state.js';
import type { Merges } from './merges.js';
import type { People } from './person.js';

/** Consents are not among them: of these the stricter always stands. */
const TAKEN = [...new Set([...Object.keys(individualSchema.shape), ...Object.keys(corporateSchema.shape)])].filter((field) => field !== 'kind' && field !== 'consents');

const why = {
  reason: z.string().trim().min(1).max(500).meta({ description: 'Why; stands in the history' }),
  evidence: z.array(z.string().trim().min(1).max(300)).max(20).optional().meta({ description: 'Document references' }),
  channel: channelSchema.optional(),
};
const mergeBody = z.strictObject({
  from: idSchema.toLowerCase().meta({ description: 'The record that goes: its id stands for the survivor\'s from then on' }),
  fromRevision: z.int().min(0).meta({ description: 'The revision of it that was looked at' }),
  take: z.array(z.enum(TAKEN as [string, ...string[]])).max(TAKEN.length).refine((fields) => new Set(fields).size === fields.length, 'must not name a field twice').default([])
    .meta({ description: 'Fields of which its value is taken; of all others the survivor\'s own stands, and of consents the stricter' }),
  identitiesDiffer: z.literal(true).optional().meta({ description: 'Says that the two have different ID documents or credit codes and are one all the same' }),
  ...why,
});
const undoBody = z.strictObject(why);
const params = z.strictObject({ id: idSchema.toLowerCase() });
const mergeParams = z.strictObject({ id: idSchema.toLowerCase(), mergeId: idSchema.toLowerCase() });
const mergesSchema = z.object({
  items: z.array(z.object({ id: z.uuid(), from: z.uuid(), ids: z.array(z.uuid()), mergedAt: z.iso.datetime() }).meta({ id: 'Merge', description: 'ids: the other record\'s, and of those that had been merged into it' })),
});

const about = aboutParam('customer');
const otherRecord = ({ body }: FastifyRequest): About[] => [{ kind: 'customer', id: (body as { from: string }).from }];
const merge = { idempotency: 'honoured', ifMatch: true, access: { permission: 'customers.merge', about } } as const;
const tags = ['customers'];

/** Two records of one person become one, and two again. */
export function addMergeRoutes(server: HttpServer, { merges, people, records }: { readonly merges: Merges; readonly people: People; readonly records: Records }): void {
  server.post('/v1/customers/:id/merges', {
    config: { ...merge, sends: ['ETag', 'Location'], access: { ...merge.access, alsoAbout: { records: otherRecord } } },
    schema: {
      tags, summary: 'Merge another record of the same customer into this one', params, body: mergeBody, response: { 201: commandResultSchema },
      description: 'Accounts stay where they are and are found with the survivor. `id` is the merge\'s; revision and position are the survivor\'s.',
    },
  }, async (request, reply) => {
    const { from, fromRevision, take, identitiesDiffer = false, reason, evidence, channel } = request.body;
    const customerId = request.params.id;
    refuseHiddenFields(request, take);
    const result = await merges.merge({
      customerId, from, fromRevision, take, identitiesDiffer, reason, precondition: requiredPrecondition(request), ...(evidence !== undefined && { evidence }),
    }, commandContext(request, channel));
    return created(reply, `/v1/customers/${customerId}/merges/${result.id}`, result);
  });

  server.post('/v1/customers/:id/merges/:mergeId/undo', {
    config: { ...merge, sends: ['ETag'] },
    schema: {
      tags, summary: 'Undo a merge: both records are again what they were', params: mergeParams, body: undoBody, response: { 200: commandResultSchema },
      description: 'What was changed on the survivor since the merge stays with the survivor. Merges of merges are undone from the last on.',
    },
  }, async (request, reply) => {
    const { reason, evidence, channel } = request.body;
    const { id: customerId, mergeId } = request.params;
    return done(reply, await merges.unmerge({ customerId, mergeId, reason, precondition: requiredPrecondition(request), ...(evidence !== undefined && { evidence }) }, commandContext(request, channel)));
  });

  server.get('/v1/customers/:id/merges', {
    config: { access: { permission: 'customers.read', about } }, schema: { tags, summary: 'The merges of a customer that are in force, oldest first', params, response: { 200: mergesSchema } },
  }, async (request) => {
    const state = (await records.load(customerRecord, await people.survivorOf(request.params.id)))?.state;
    if (!state || state.status === 'absent') throw new Refusal({ code: 'customer_not_found' });
    return { items: state.merging.merges.map(({ id, from, ids, at }) => ({ id, from, ids: [...ids], mergedAt: at })) };
  });
}

/** Nobody decides over what is hidden from them. */
function refuseHiddenFields({ views }: FastifyRequest, take: readonly string[]): void {
  const classes = classesByMember(profileSchema);
  const hidden = take.flatMap((field, index) => ((classes.get(field) ?? []).some(({ dataClass }) => views[dataClass] === 'hidden') ? [`/take/${index}`] : []));
  if (hidden.length > 0) throw new Refusal({ code: 'field_hidden', detail: 'what is hidden from you cannot be chosen', errors: hidden.map((pointer) => ({ pointer, code: 'field_hidden', detail: 'is hidden from you' })) });
}
