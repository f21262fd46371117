import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';
import { MOST_TRACED, segmentVersionSchema } from './values.js';

const module = 'marketing';
/** One node of the rule, as it was evaluated. */
const trace = personal(z.array(z.record(z.string(), z.unknown())).max(MOST_TRACED));

/** Why somebody comes in or goes: the rule, the list, no profiling wanted, processing restricted, erased or merged, or the segment ended. */
export const MEMBERSHIP_REASONS = ['rule', 'list', 'profiling_refused', 'restricted', 'gone', 'segment_withdrawn'] as const;
export type MembershipReason = (typeof MEMBERSHIP_REASONS)[number];

/**
 * `at`: the evaluator's moment, by booking times and ticks; `cause`: the event that brought it about, or an id made from the moment where only time did; `version`: of the segment
 * that was in force; `trace`: what every node of its rule was worth, none where no rule was asked or nobody is there any more.
 */
const shape = { segmentId: idSchema, version: segmentVersionSchema, customerId: idSchema, at: timeSchema, cause: idSchema, because: z.enum(MEMBERSHIP_REASONS), trace: trace.optional() };
export const CustomerEnteredSegment = defineEvent({ module, type: 'CustomerEnteredSegment', shape });
export const CustomerLeftSegment = defineEvent({ module, type: 'CustomerLeftSegment', shape });

export const segmentMembershipEvents = [CustomerEnteredSegment, CustomerLeftSegment] as const;
export type SegmentMembershipEvent = EventOf<(typeof segmentMembershipEvents)[number]>;
