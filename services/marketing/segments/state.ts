import { createHash } from 'node:crypto';
import type { Actor } from '../../../shared/events/definition.js';
import type { SegmentDefinition, SegmentEvent } from '../../../shared/events/marketing/segment-events.js';
import { canonicalJson } from '../../../shared/kernel/canonical-json.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';

export interface Version {
  readonly version: number;
  readonly definition: SegmentDefinition;
  readonly hash: string;
  /** Everybody who wrote at it, or submitted it: none of them publishes it. */
  readonly authors: readonly Actor[];
  readonly draftedAt: string;
}

export type Draft = Version & { readonly status: 'draft' | 'submitted' };
export interface Parking { readonly code: string; readonly cause: string; readonly since: string }
/** `superseded`: by the next; `withdrawn`: by somebody. Only one at most is `published`. */
export type Released = Version & {
  readonly status: 'published' | 'superseded' | 'withdrawn'; readonly publishedBy: Actor; readonly publishedAt: string; readonly endedAt: string | null; readonly parked: Parking | null;
};

export type SegmentState = { readonly status: 'absent' } | { readonly status: 'known'; readonly segmentId: string; readonly draft: Draft | null; readonly released: readonly Released[] };
export type KnownSegment = Exclude<SegmentState, { status: 'absent' }>;

/** What was reviewed and what is in force is told apart by this. */
export const hashOfDefinition = (definition: SegmentDefinition): string => createHash('sha256').update(canonicalJson(definition)).digest('hex');

export const inForce = ({ released }: KnownSegment): Released | undefined => released.findLast(({ status }) => status === 'published');

/** Dynamic or a list, for ever. */
export const kindOf = ({ draft, released }: KnownSegment): SegmentDefinition['kind'] => (draft ?? released.at(-1)!).definition.kind;

/** Stream "segment-<id>". */
export const segmentRecord = defineRecord<SegmentState, SegmentEvent>({
  name: 'segment',
  initial: { status: 'absent' },
  evolve(state, event, { metadata: { actor, recordedAt } }) {
    if (event.type === 'SegmentDrafted') {
      const { segmentId, version, definition, hash } = event.data;
      const draft: Draft = { status: 'draft', version, definition, hash, authors: [actor], draftedAt: recordedAt };
      return state.status === 'absent' ? { status: 'known', segmentId, draft, released: [] } : { ...state, draft };
    }
    if (state.status === 'absent') return state;
    const { draft } = state;
    switch (event.type) {
      case 'SegmentRevised':
        return draft ? { ...state, draft: { ...draft, status: 'draft', definition: event.data.definition, hash: event.data.hash, authors: [...draft.authors, actor] } } : state;
      case 'SegmentSubmitted':
        return draft ? { ...state, draft: { ...draft, status: 'submitted', authors: [...draft.authors, actor] } } : state;
      case 'SegmentReturned':
        return draft ? { ...state, draft: { ...draft, status: 'draft' } } : state;
      case 'SegmentPublished':
        return draft ? { ...state, draft: null, released: [...ended(state.released, 'superseded', recordedAt), { ...draft, status: 'published', publishedBy: actor, publishedAt: recordedAt, endedAt: null, parked: null }] } : state;
      case 'SegmentWithdrawn':
        return { ...state, released: ended(state.released, 'withdrawn', recordedAt) };
      case 'SegmentParked':
        return { ...state, released: withParking(state.released, { code: event.data.code, cause: event.data.cause, since: recordedAt }) };
      case 'SegmentResumed':
        return { ...state, released: withParking(state.released, null) };
      default:
        return unreachable(event);
    }
  },
});

const ended = (released: readonly Released[], status: 'superseded' | 'withdrawn', endedAt: string): readonly Released[] =>
  released.map((one) => (one.status === 'published' ? { ...one, status, endedAt } : one));
const withParking = (released: readonly Released[], parked: Parking | null): readonly Released[] => released.map((one) => (one.status === 'published' ? { ...one, parked } : one));
