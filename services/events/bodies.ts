import { z } from 'zod';
import { classified, internal, subjectId } from '../../shared/access/classified.js';
import { profileSchema } from '../../shared/events/customers/profile.js';
import { historyItemSchema } from '../customers/bodies.js';

export const MOST_EVENTS = 100;

const streamSchema = z.string().max(120).regex(/^[a-z][a-z0-9]*-[A-Za-z0-9-]+$/, 'must be the name of a stream, as the header passbook-stream has it');
const placeSchema = z.strictObject({ stream: streamSchema, revision: z.int().min(0) });
export type Place = z.output<typeof placeSchema>;

export const unsealBody = z.strictObject({
  events: z.array(placeSchema).min(1).max(MOST_EVENTS),
  reason: z.string().trim().min(1).max(500).meta({ description: 'What it is needed for; stands in the access log' }),
});

const where = {
  pointer: internal(z.string()).meta({ description: 'Where in the event\'s data (RFC 6901)' }),
  customerId: subjectId(z.uuid(), 'customer').optional().meta({ description: 'Whose; absent where it concerns no customer' }),
};
const { reason, evidence, changes } = historyItemSchema.shape;

/** One personal field, opened as the reader's views show it: what is hidden from them is absent. */
const fieldSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), ...where, text: classified(z.string(), 'free-text') }),
  z.object({ kind: z.literal('profile'), ...where, profile: profileSchema }),
  z.object({ kind: z.literal('change'), ...where, changes: changes.optional(), reason, evidence }),
  z.object({ kind: z.literal('erased'), ...where }).meta({ description: 'The customer was erased: nobody can open it any more' }),
  z.object({ kind: z.literal('withheld'), ...where }).meta({ description: 'Not opened for other programs, or the customer\'s data may not be processed now' }),
]);
export type OpenedField = z.output<typeof fieldSchema>;

export const unsealedSchema = z.object({
  items: z.array(z.object({
    stream: internal(z.string()), revision: z.int(),
    eventId: z.uuid().optional().meta({ description: 'Absent where there is no such event' }), type: internal(z.string()).optional(),
    fields: z.array(fieldSchema),
  })),
});
export type Unsealed = z.output<typeof unsealedSchema>['items'][number];
