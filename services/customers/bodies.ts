import { z } from 'zod';
import { changesOf, classified, internal, subjectId } from '../../shared/access/classified.js';
import { corporateSchema, individualSchema } from '../../shared/events/customers/profile.js';
import { channelSchema } from '../../shared/events/values.js';
import { DUPLICATE_REASONS } from './duplicates.js';

/** What HTTP takes and gives, beside the profile itself (shared/events/customers/profile.ts). */

const manager = z.string().trim().min(1).max(60).meta({ description: 'Id of the member of staff in whose portfolio the customer is' });
const branch = z.string().trim().min(1).max(20).meta({ description: 'The branch that keeps the customer' });

const beside = {
  branch: branch.optional(),
  manager: manager.optional(),
  channel: channelSchema.optional().meta({ description: 'Where the customer stands; the sender\'s own channel where absent' }),
  notDuplicateOf: z.union([z.literal('any'), z.array(z.uuid().toLowerCase()).max(100)]).optional()
    .meta({ description: 'Candidates of a customer_probable_duplicate that were looked at and are somebody else; "any" for take-overs, de-duplicated before' }),
};

export const registerBody = z.discriminatedUnion('kind', [individualSchema.extend(beside), corporateSchema.extend(beside)]);

const besidePatch = {
  branch: branch.optional(),
  manager: manager.nullable().optional(),
  channel: channelSchema.optional(),
  reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Why; stands in the history' }),
  evidence: z.array(z.string().trim().min(1).max(300)).max(20).optional().meta({ description: 'Document references: ids of the customer\'s documents, or where other papers are kept' }),
};

/** RFC 7396 of either kind's profile: every field optional, null removes it, objects are merged, lists replaced. */
export const patchBody = z.strictObject({
  ...patchShape(individualSchema.shape),
  ...patchShape(corporateSchema.shape),
  kind: z.enum(['individual', 'corporate']).optional().meta({ description: 'Cannot change' }),
  ...besidePatch,
});

function patchShape(shape: z.ZodRawShape): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, patchOf(schema as z.ZodType).nullable().optional()]));
}

function patchOf(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return patchOf(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodObject ? z.strictObject(patchShape(schema.shape)) : schema;
}

export const candidatesSchema = z.array(z.object({ id: subjectId(z.uuid(), 'customer'), reasons: z.array(z.enum(DUPLICATE_REASONS)) }));

const code = internal(z.string());
const actor = z.object({ id: code, role: code, branch: code.optional(), channel: code, actingAs: code.optional().meta({ description: 'In whose place' }) });
/** What a change may name: a field of either kind's profile, or what stands beside it. */
const changedRecord = z.object({ ...individualSchema.shape, ...corporateSchema.shape, kind: code, branch: code, manager: code, profile: code });

export const historyItemSchema = z
  .object({
    customerId: z.uuid().meta({ description: 'Whose record it happened to: the customer\'s own, or one that was merged into it' }),
    revision: z.int(),
    position: code,
    recordedAt: z.iso.datetime(),
    type: code,
    merge: z.object({ id: z.uuid(), from: z.uuid().optional(), into: z.uuid().optional() }).optional().meta({ description: 'Of what a merge, or undoing it, did: which one, and with whom' }),
    actor,
    channel: code,
    reason: classified(z.string(), 'free-text').optional(),
    evidence: z.array(classified(z.string(), 'free-text')).optional(),
    approver: actor.optional(),
    changes: changesOf(z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })), changedRecord)
      .meta({ description: 'Those of fields that the reader may see. null: absent; "erased": cannot be read any more' }),
  })
  .meta({ id: 'HistoryItem' });
