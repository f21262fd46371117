import type { CheckedRule } from '../../shared/rules/checked.js';
import { nextBoundary } from '../../shared/rules/boundary.js';
import { evaluateRule, holds } from '../../shared/rules/evaluate.js';
import type { TraceEntry } from '../../shared/rules/trace.js';
import type { Cause, Occasion } from '../evaluation/program.js';
import { subjectView } from '../evaluation/subject-view.js';

/** A segment in force, as the evaluator needs it. */
export interface Segment {
  readonly id: string;
  readonly version: number;
  readonly rule: CheckedRule;
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
  /** Empty for somebody who is no customer any more. */
  readonly trace: readonly TraceEntry[];
}

/** A rule that could not be evaluated; the segment is set aside from here on. */
export interface SegmentFailure {
  readonly kind: 'failed';
  readonly segmentId: string;
  readonly version: number;
  readonly cause: Cause;
  readonly reason: string;
}

const OUT = { since: null, due: null } as const;

/** Compares what the segment's rule says of a customer now with what is remembered. @throws whatever the rule does that cannot be evaluated */
export function membershipChange({ id, version, rule }: Segment, occasion: Occasion): MembershipChange | undefined {
  const { customerId, group, exists, now, cause, startOfDay } = occasion;
  const before = occasion.recall(id) ?? OUT;
  const change = (kind: MembershipChange['kind'], trace: readonly TraceEntry[]): MembershipChange => ({ kind, segmentId: id, version, customerId, at: now, cause, trace });
  if (!exists) {
    occasion.remember(id, null);
    return before.since === null ? undefined : change('left', []);
  }
  const view = subjectView(group, { now, trigger: null, startOfDay, inList: (list) => (occasion.recall(list)?.since ?? null) !== null });
  const member = holds(rule, view);
  const after = { since: member ? (before.since ?? now) : null, due: nextBoundary(rule, view) };
  if (after.since !== before.since || after.due !== before.due) occasion.remember(id, after.since === null && after.due === null ? null : after);
  return member === (before.since !== null) ? undefined : change(member ? 'entered' : 'left', evaluateRule(rule, view).trace);
}
