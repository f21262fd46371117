import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { MEMBERSHIP_REASONS } from '../../../shared/events/marketing/membership-events.js';

const code = internal(z.string());
const time = z.iso.datetime();
const textSchema = z.object({ en: code, zh: code }).optional();
const versionSchema = z.object({
  version: z.int(), status: z.enum(['draft', 'submitted', 'published', 'superseded', 'withdrawn']), kind: z.enum(['dynamic', 'list']), name: code, description: code.optional(),
  tree: internal(z.record(z.string(), z.unknown())).optional(), hash: code, text: textSchema, authors: z.array(code), draftedAt: time,
  publishedBy: code.optional(), publishedAt: time.optional(), endedAt: time.optional(), parked: z.object({ code, cause: z.uuid(), since: time }).optional(),
});
export type VersionView = z.output<typeof versionSchema>;
export const segmentSchema = z.object({ id: z.uuid(), revision: z.int(), versions: z.array(versionSchema) }).meta({ id: 'Segment', description: 'All versions, the draft last' });

export const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });
export const publicationBody = z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/).meta({ description: 'Of the draft as it was reviewed' }) });

const MOST_LINES = 1_000;
const lines = z.array(z.string().max(100)).max(MOST_LINES).default([]);
/** Lines are texts: one that is no id is refused like one that nobody has. */
export const listBody = z.strictObject({ add: lines, remove: lines }).refine(({ add, remove }) => add.length + remove.length > 0 && add.length + remove.length <= MOST_LINES, { params: { code: 'out_of_range' }, message: `1 to ${MOST_LINES} lines in all` });
export const listAnswerSchema = z.object({
  id: z.uuid(), revision: z.int().min(0), position: code,
  lines: z.array(z.object({ pointer: code, code: z.literal('customer_unknown') })).meta({ description: 'Those that were refused: they name nobody within reach. All others are taken' }),
}).meta({ id: 'SegmentListed' });

export const previewBody = z.strictObject({ tree: z.record(z.string(), z.unknown()) });
export const previewSchema = z.object({
  count: z.int().optional().meta({ description: 'Of those looked at; rounded down to tens where the rule asks for what you see masked, and left out where `fewerThan` stands' }),
  fewerThan: z.int().optional().meta({ description: 'The rule asks for what you see masked: a smaller number would tell it' }),
  looked: z.int(), complete: z.boolean().meta({ description: 'false: time was up before everybody within reach had been looked at' }), asOf: time,
  sample: classified(z.array(subjectId(z.string(), 'customer')), 'marketing').optional().meta({ description: 'At most ten; left out where the rule asks for what you do not see in clear' }),
  text: textSchema,
}).meta({ id: 'SegmentPreview' });

const ofMarketing = <S extends z.ZodType>(schema: S): S => classified(schema, 'marketing');
const because = ofMarketing(z.enum(MEMBERSHIP_REASONS));
const traceEntry = z.object({ node: code, result: z.boolean(), value: internal(z.unknown()).optional(), than: internal(z.unknown()).optional() });
const trace = ofMarketing(z.union([z.array(traceEntry), z.literal('erased')])).optional();
const turn = z.object({ at: ofMarketing(time), because, cause: ofMarketing(z.uuid()), version: ofMarketing(z.int()), trace, text: ofMarketing(z.object({ en: z.string(), zh: z.string() })).optional() });
export const whySchema = z.object({
  customer: subjectId(z.string(), 'customer'), segment: z.uuid(), in: ofMarketing(z.boolean()), entered: turn.optional(), left: turn.optional(),
}).meta({ id: 'SegmentMembership', description: 'The latest stay: since when and why, with the rule in words and the result of every node; the values for those who see in clear what the rule asks for' });
