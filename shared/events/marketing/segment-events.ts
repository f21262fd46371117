import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { idSchema } from '../values.js';
import { MOST_LISTED_AT_ONCE, segmentVersionSchema } from './values.js';

const module = 'marketing';
const ofSegment = { segmentId: idSchema };
const ofVersion = { ...ofSegment, version: segmentVersionSchema };
/** Of a segment, which concerns nobody. */
const reason = z.string().min(1).max(500);
/** SHA-256 (hex) of the definition in canonical JSON: what was reviewed is what is published. */
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const named = { name: z.string().trim().min(1).max(100), description: z.string().trim().min(1).max(500).optional() };

/** What a version of a segment says: who is in by a rule (`tree`), or that who is in is listed by id. */
export const segmentDefinitionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dynamic'), ...named, tree: z.record(z.string(), z.unknown()) }),
  z.strictObject({ kind: z.literal('list'), ...named }),
]);
export type SegmentDefinition = z.output<typeof segmentDefinitionSchema>;

/** The first draft of a version. */
export const SegmentDrafted = defineEvent({ module, type: 'SegmentDrafted', shape: { ...ofVersion, definition: segmentDefinitionSchema, hash } });
/** A draft, submitted or not, says something else now. */
export const SegmentRevised = defineEvent({ module, type: 'SegmentRevised', shape: { ...ofVersion, definition: segmentDefinitionSchema, hash } });
export const SegmentSubmitted = defineEvent({ module, type: 'SegmentSubmitted', shape: { ...ofVersion, hash } });
export const SegmentReturned = defineEvent({ module, type: 'SegmentReturned', shape: { ...ofVersion, reason } });
/** In force from here on, in the place of the version before: everybody is looked at. Says all that is in force, so that whoever reads it alone knows. */
export const SegmentPublished = defineEvent({ module, type: 'SegmentPublished', shape: { ...ofVersion, definition: segmentDefinitionSchema, hash } });
/** Everybody leaves. */
export const SegmentWithdrawn = defineEvent({ module, type: 'SegmentWithdrawn', shape: { ...ofVersion, reason } });
/** It failed when it was evaluated, for this cause (an event's id, or one made from a due time): whoever is in stays in until somebody resumes it. */
export const SegmentParked = defineEvent({ module, type: 'SegmentParked', shape: { ...ofVersion, code: z.string().min(1).max(60), cause: idSchema } });
export const SegmentResumed = defineEvent({ module, type: 'SegmentResumed', shape: { ...ofVersion } });

export const segmentRecordEvents = [
  SegmentDrafted, SegmentRevised, SegmentSubmitted, SegmentReturned, SegmentPublished, SegmentWithdrawn, SegmentParked, SegmentResumed,
] as const;
export type SegmentEvent = EventOf<(typeof segmentRecordEvents)[number]>;

const customers = z.array(idSchema).min(1).max(MOST_LISTED_AT_ONCE);
/** Uploaded. */
export const CustomersListed = defineEvent({ module, type: 'CustomersListed', shape: { ...ofSegment, customers } });
export const CustomersUnlisted = defineEvent({ module, type: 'CustomersUnlisted', shape: { ...ofSegment, customers } });

export const segmentListEvents = [CustomersListed, CustomersUnlisted] as const;
export type SegmentListEvent = EventOf<(typeof segmentListEvents)[number]>;
