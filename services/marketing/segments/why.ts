import type { z } from 'zod';
import type { Views } from '../../../shared/access/data-classes.js';
import type { DataClass } from '../../../shared/access/data-classes.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { segmentMembershipEvents, type MembershipReason, type SegmentMembershipEvent } from '../../../shared/events/marketing/membership-events.js';
import type { SegmentDefinition } from '../../../shared/events/marketing/segment-events.js';
import { readable } from '../../../shared/events/personal.js';
import { defineRecord } from '../../../shared/records/record.js';
import { marketingCatalogue } from '../../evaluation/catalogue.js';
import { classesOfRule } from '../rule-classes.js';
import type { whySchema } from './bodies.js';
import { describeDefinition, ruleOf } from './check-definition.js';

/** Stream "segmentmembers-<id>", for reading single events of it. */
export const membersRecord = defineRecord<null, SegmentMembershipEvent>({ name: 'segmentmembers', initial: null, evolve: () => null });
export const isMembership = (recorded: Recorded<SegmentMembershipEvent> | undefined): recorded is Recorded<SegmentMembershipEvent> => segmentMembershipEvents.some(({ type }) => type === recorded?.event.type);

/** Undefined: the viewer does not see all of it in clear. */
export function classesShown(definition: SegmentDefinition | undefined, views: Views): readonly DataClass[] | undefined {
  if (definition?.kind !== 'dynamic') return [];
  const rule = ruleOf(definition);
  const classes = rule && classesOfRule(rule);
  return classes?.every((one) => views[one] === 'clear') ? classes : undefined;
}

interface Turn { readonly at: string; readonly because: string; readonly cause: string; readonly version: number }
interface Seen { readonly definition: SegmentDefinition | undefined; readonly withValues: boolean; readonly nameOf: (id: string) => string }

/** A coming or going as it is told, with the rule in words. */
export function turnView({ at, because, cause, version }: Turn, found: Recorded<SegmentMembershipEvent> | undefined, { definition, withValues, nameOf }: Seen): NonNullable<z.output<typeof whySchema>['entered']> {
  const text = definition && describeDefinition(marketingCatalogue, nameOf, definition);
  const trace = found?.event.data.trace;
  return { at, because: because as MembershipReason, cause, version, ...(text && { text }), ...(trace !== undefined && { trace: readable(trace) ? trace.map((entry) => entryView(entry, withValues)) : 'erased' as const }) };
}

const entryView = (entry: Readonly<Record<string, unknown>>, withValues: boolean) => ({
  node: String(entry['node']), result: entry['result'] === true, ...(withValues && 'value' in entry && { value: entry['value'] }), ...(withValues && 'than' in entry && { than: entry['than'] }),
});
