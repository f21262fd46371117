import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { FieldChange, Profile } from '../../../shared/events/customers/profile.js';
import type { Actor, Recorded } from '../../../shared/events/definition.js';
import { readable } from '../../../shared/events/personal.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { withLayer, withoutLayer, type Layers } from './layers.js';

/** What binds a record to others of the same person. */
export interface Merging {
  /** The record is the survivor's now; only undoing that merge changes it. */
  readonly mergedInto: { readonly customerId: string; readonly mergeId: string } | null;
  /** Begun on this record, as the survivor, and not over: nothing else may be done to it. */
  readonly underWay: UnderWay | null;
  /** In force on this record, as the survivor; oldest first. */
  readonly merges: readonly Merge[];
  /** What the profile is made of, while merges are in force and it can be read. */
  readonly layers: Layers | null;
  /** What became of all that was ever begun here, by its id: how a command that comes again is answered. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export interface Merge {
  readonly id: string;
  readonly from: string;
  /** The other record's id, and those that had been merged into it. */
  readonly ids: readonly string[];
  /** ISO time. */
  readonly at: string;
}

interface Begun {
  readonly mergeId: string;
  readonly from: string;
  readonly reason: string;
  readonly evidence?: readonly string[] | undefined;
  /** Whoever decided it; later steps stand under the same name, whoever takes them. */
  readonly actor: Actor;
  readonly correlationId: string;
}

export type UnderWay = (Begun & { readonly kind: 'merge'; readonly fromRevision: number; readonly take: readonly string[] }) | (Begun & { readonly kind: 'unmerge' });

/** Of a merge, and of its undoing, the survivor's revision and position with which it was done. */
export interface Outcome {
  readonly merge: Done | { readonly abandoned: string };
  readonly unmerge?: Done;
}
export interface Done {
  readonly revision: bigint;
  readonly position: bigint;
}

export const neverMerged: Merging = { mergedInto: null, underWay: null, merges: [], layers: null, outcomes: new Map() };

/** Every other id that stands for this record. */
export const mergedIds = ({ merges }: Pick<Merging, 'merges'>): string[] => merges.flatMap(({ ids }) => ids);

export type MergeEvent = Extract<CustomerEvent, { type: `CustomerMerge${string}` | `CustomerUnmerge${string}` }>;

/** `profile`: before the event; undefined where it cannot be read. */
export function evolveMerging(state: Merging, event: MergeEvent, { revision, position, metadata }: Recorded<CustomerEvent>, profile: Profile | undefined): Merging {
  const done = { revision, position };
  const ended = (mergeId: string, outcome: Outcome): Merging => ({ ...state, underWay: null, outcomes: new Map([...state.outcomes, [mergeId, outcome]]) });
  switch (event.type) {
    case 'CustomerMergeBegun':
    case 'CustomerUnmergeBegun': {
      const { mergeId, from, decision } = event.data;
      const { reason, evidence } = readable(decision) ? decision : { reason: 'erased' };
      const begun = { mergeId, from, reason, evidence, actor: metadata.actor, correlationId: metadata.$correlationId };
      if (event.type === 'CustomerUnmergeBegun') return { ...state, underWay: { ...begun, kind: 'unmerge' } };
      return { ...state, underWay: { ...begun, kind: 'merge', fromRevision: event.data.fromRevision, take: event.data.take } };
    }
    case 'CustomerMerged':
      return { ...state, mergedInto: { customerId: event.data.into, mergeId: event.data.mergeId } };
    case 'CustomerUnmerged':
      return { ...state, mergedInto: null };
    case 'CustomerMergeAbandoned':
      return ended(event.data.mergeId, { merge: { abandoned: event.data.cause } });
    case 'CustomerMergeCompleted': {
      const { mergeId, from, ids, update } = event.data;
      const layer = profile && readable(update) ? withLayer(state.layers ?? { base: profile, since: [] }, { mergeId, changes: update.changes, consents: update.consents }) : null;
      return { ...ended(mergeId, { merge: done }), merges: [...state.merges, { id: mergeId, from, ids, at: metadata.recordedAt }], layers: layer };
    }
    case 'CustomerUnmergeCompleted': {
      const { mergeId } = event.data;
      const merges = state.merges.filter(({ id }) => id !== mergeId);
      const merge = state.outcomes.get(mergeId)?.merge ?? done;
      return { ...ended(mergeId, { merge, unmerge: done }), merges, layers: state.layers && merges.length > 0 ? withoutLayer(state.layers, mergeId) : null };
    }
    default:
      return unreachable(event);
  }
}

/** Changes that staff made meanwhile lie on top of the merges in force. */
export const evolveLayers = ({ layers }: Pick<Merging, 'layers'>, changes: readonly FieldChange[]): Layers | null => layers && withLayer(layers, { mergeId: null, changes });
