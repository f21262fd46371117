import { createHash } from 'node:crypto';
import type { SegmentDefinition, SegmentEvent } from '../../../shared/events/marketing/segment-events.js';
import { canonicalJson } from '../../../shared/kernel/canonical-json.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';
import * as versions from '../../../shared/records/versions.js';

interface Content { readonly definition: SegmentDefinition }
export type Draft = versions.Draft<Content>;
export type Released = versions.Released<Content>;

export type SegmentState = { readonly status: 'absent' } | (versions.Versions<Content> & { readonly status: 'known'; readonly segmentId: string });
export type KnownSegment = Exclude<SegmentState, { status: 'absent' }>;

/** What was reviewed and what is in force is told apart by this. */
export const hashOfDefinition = (definition: SegmentDefinition): string => createHash('sha256').update(canonicalJson(definition)).digest('hex');

export { inForce } from '../../../shared/records/versions.js';

/** Dynamic or a list, for ever. */
export const kindOf = ({ draft, released }: KnownSegment): SegmentDefinition['kind'] => (draft ?? released.at(-1)!).definition.kind;

/** Stream "segment-<id>". */
export const segmentRecord = defineRecord<SegmentState, SegmentEvent>({
  name: 'segment',
  initial: { status: 'absent' },
  evolve(state, event, { metadata: { actor, recordedAt } }) {
    const known = state.status === 'absent' ? undefined : state;
    if (!known && event.type !== 'SegmentDrafted') return state;
    return { status: 'known', segmentId: known?.segmentId ?? event.data.segmentId, ...versions.evolveVersions(known ?? versions.noVersions, stepOf(event), actor, recordedAt) };
  },
});

function stepOf({ type, data }: SegmentEvent): versions.VersionStep<Content> {
  switch (type) {
    case 'SegmentDrafted':
      return { kind: 'drafted', version: data.version, content: { definition: data.definition }, hash: data.hash };
    case 'SegmentRevised':
      return { kind: 'revised', content: { definition: data.definition }, hash: data.hash };
    case 'SegmentSubmitted':
      return { kind: 'submitted' };
    case 'SegmentReturned':
      return { kind: 'returned' };
    case 'SegmentPublished':
      return { kind: 'published' };
    case 'SegmentWithdrawn':
      return { kind: 'withdrawn' };
    case 'SegmentParked':
      return { kind: 'parked', code: data.code, cause: data.cause };
    case 'SegmentResumed':
      return { kind: 'resumed' };
    default:
      return unreachable(type);
  }
}
