import type { SegmentDefinition } from '../../shared/events/marketing/segment-events.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { namedLists } from '../../shared/rules/named-lists.js';
import type { Occasion } from '../evaluation/program.js';

/**
 * Behaviour is what somebody does with their money: every aggregate over facts, and these attributes. What they hold and what they have told the bank are no behaviour.
 * Who refused profiling is in no segment that rests on it, directly or by another segment (PIPL art. 24: whoever is addressed by an automated decision has an easy way to refuse).
 * Nothing said is no refusal; an uploaded list is no automated decision.
 */
const BEHAVIOUR = /^(balance\.|rfm\.|accounts\.lastMovementAt$|holds\.open$)/;

export const usesBehaviour = ({ aggregates, attributes }: Pick<CheckedRule, 'aggregates' | 'attributes'>): boolean => aggregates.length > 0 || attributes.some((name) => BEHAVIOUR.test(name));

export const refusedProfiling = ({ group: [{ person }] }: Pick<Occasion, 'group'>): boolean => person?.profile.consents['profiling'] === false;

/** Segments that a definition names in its rule. */
export const segmentsIn = (definition: SegmentDefinition): string[] => (definition.kind === 'list' ? [] : namedLists(definition.tree));
