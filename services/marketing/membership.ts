import type { MembershipReason } from '../../shared/events/marketing/membership-events.js';
import { nextBoundary } from '../../shared/rules/boundary.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { evaluateRule, holds } from '../../shared/rules/evaluate.js';
import type { TraceEntry } from '../../shared/rules/trace.js';
import type { RuleView } from '../../shared/rules/view.js';
import type { Cause, Occasion } from '../evaluation/program.js';
import { occasionView } from '../evaluation/subject-view.js';
import { isListed } from './listing.js';
import { refusedProfiling } from './profiling.js';

/** A segment in force, as the evaluator needs it. `rule` null: who is in was listed. */
export interface Segment {
  readonly id: string;
  readonly version: number;
  readonly rule: CheckedRule | null;
  /** Its rule, or that of a segment it refers to, looks at behaviour. */
  readonly profiles: boolean;
}

/** A customer came into a segment or left it, at the evaluator's moment, with what the rule's nodes were worth then. */
export interface MembershipChange {
  readonly kind: 'entered' | 'left';
  readonly segmentId: string;
  readonly version: number;
  readonly customerId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cause: Cause;
  readonly because: MembershipReason;
  /** Null where no rule was asked. */
  readonly trace: readonly TraceEntry[] | null;
}

/** Where a customer stands when everybody is looked at because of something about the segment itself: a stream of members that is not what the evaluation gives is mended by it. */
export interface Standing {
  readonly kind: 'stands';
  readonly segmentId: string;
  readonly version: number;
  readonly customerId: string;
  readonly member: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cause: Cause;
  readonly because: MembershipReason;
}

/** What of a segment could not be evaluated; it is set aside from here on. */
export interface SegmentFailure {
  readonly kind: 'failed';
  readonly segmentId: string;
  readonly version: number;
  readonly cause: Cause;
  readonly code: string;
}

const OUT = { since: null, due: null } as const;

/** What a rule of segments sees of a customer. */
export const segmentView = (occasion: Occasion): RuleView => occasionView(occasion, null);

/** Why somebody is in no segment of this kind whatever it says; undefined: nothing stands against it. */
export function barredFrom({ profiles }: Pick<Segment, 'profiles'>, occasion: Occasion): MembershipReason | undefined {
  if (!occasion.exists) return 'gone';
  if (occasion.group[0].person?.restricted) return 'restricted';
  return profiles && refusedProfiling(occasion) ? 'profiling_refused' : undefined;
}

/** Compares what the segment says of a customer now with what is remembered. @throws whatever a rule does that cannot be evaluated */
export function membershipChange(segment: Segment, occasion: Occasion): MembershipChange | undefined {
  const { id, version, rule } = segment;
  const { customerId, now, cause } = occasion;
  const before = occasion.recall(id) ?? OUT;
  const change = (kind: MembershipChange['kind'], because: MembershipReason, trace: MembershipChange['trace']): MembershipChange => ({ kind, segmentId: id, version, customerId, at: now, cause, because, trace });
  const barred = barredFrom(segment, occasion);
  const view = barred === undefined && rule ? segmentView(occasion) : undefined;
  const member = barred === undefined && (rule && view ? holds(rule, view) : isListed(id, occasion));
  const after = { since: member ? (before.since ?? now) : null, due: rule && view ? nextBoundary(rule, view) : null };
  if (after.since !== before.since || after.due !== before.due) occasion.remember(id, after.since === null && after.due === null ? null : after);
  if (member === (before.since !== null)) return undefined;
  return change(member ? 'entered' : 'left', barred ?? (rule ? 'rule' : 'list'), rule && view ? evaluateRule(rule, view).trace : null);
}

/** After `membershipChange` or `leaveEnded` on the same occasion: what is remembered then. */
export function standing({ id, version, ...segment }: Pick<Segment, 'id' | 'version'> & Partial<Segment>, occasion: Occasion): Standing {
  const { customerId, now: at, cause } = occasion;
  const { rule, profiles } = segment;
  const because = rule === undefined || profiles === undefined ? 'segment_withdrawn' : (barredFrom({ profiles }, occasion) ?? (rule ? 'rule' : 'list'));
  return { kind: 'stands', segmentId: id, version, customerId, member: (occasion.recall(id)?.since ?? null) !== null, at, cause, because };
}

/** Whoever is in a segment that ended leaves it. */
export function leaveEnded({ id, version }: Pick<Segment, 'id' | 'version'>, occasion: Occasion): MembershipChange | undefined {
  const before = occasion.recall(id);
  if (before === undefined) return undefined;
  occasion.remember(id, null);
  const { customerId, now: at, cause } = occasion;
  return before.since === null ? undefined : { kind: 'left', segmentId: id, version, customerId, at, cause, because: 'segment_withdrawn', trace: null };
}
