import type { Recorded } from '../../shared/events/definition.js';
import type { SegmentDefinition, SegmentEvent } from '../../shared/events/marketing/segment-events.js';
import type { Catalogue } from '../../shared/rules/catalogue.js';
import { checkRule } from '../../shared/rules/check.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { holds } from '../../shared/rules/evaluate.js';
import type { Fact, RuleView } from '../../shared/rules/view.js';
import type { Occasion } from '../evaluation/program.js';
import { subjectView } from '../evaluation/subject-view.js';
import { isListed, Listing } from './listing.js';
import { segmentsIn } from './profiling.js';

/** Where it is said what segments are, who was listed and how customers were rated. Memberships are among them because whatever the live evaluation is given moves its clock. */
export const SEGMENT_STREAMS: readonly string[] = ['segment-', 'segmentlist-', 'segmentmembers-', 'rfmrun-'];

/**
 * Segments as other rules ask for them, from the same events in the same order. Nothing is remembered but who was listed: who is in follows from the customer as it is then.
 * Neither a restriction nor refused profiling takes anybody out: nobody evades a rule of the law against crime by them.
 */
export class AskedSegments {
  readonly #definitions = new Map<string, SegmentDefinition>();
  #rules = new Map<string, CheckedRule | undefined>();
  readonly #listing = new Listing();

  constructor(private readonly catalogue: Catalogue) {}

  /** Answers the segment that is another now. */
  take(recorded: Recorded): string | undefined {
    this.#listing.take(recorded);
    const { type, data } = recorded.event as SegmentEvent;
    switch (type) {
      case 'SegmentPublished':
        this.#definitions.set(data.segmentId, data.definition);
        break;
      case 'SegmentWithdrawn':
        this.#definitions.delete(data.segmentId);
        break;
      default:
        return undefined;
    }
    this.#rules = new Map();
    return data.segmentId;
  }

  /** Whenever a customer is looked at. */
  noteListing(occasion: Occasion): void {
    this.#listing.note(occasion);
  }

  /** These and all that they refer to. */
  reachedFrom(ids: readonly string[]): ReadonlySet<string> {
    const reached = new Set<string>();
    const visit = (id: string): void => {
      if (reached.has(id)) return;
      reached.add(id);
      const definition = this.#definitions.get(id);
      if (definition) segmentsIn(definition).forEach(visit);
    };
    ids.forEach(visit);
    return reached;
  }

  /** Of the segments and all that they refer to; one that was withdrawn has nobody in it and no rule. Undefined: one of them cannot be evaluated. */
  rulesBehind(ids: readonly string[]): readonly CheckedRule[] | undefined {
    const rules = [...this.reachedFrom(ids)].filter((id) => this.#definitions.get(id)?.kind === 'dynamic').map((id) => this.#ruleOf(id));
    return rules.every((rule) => rule !== undefined) ? rules : undefined;
  }

  /** What a rule sees that asks for segments. */
  view(occasion: Occasion, trigger: Fact | null): RuleView {
    const { group, now, startOfDay } = occasion;
    const known = new Map<string, boolean>();
    const viewOf = (fact: Fact | null): RuleView => subjectView(group, { now, startOfDay, trigger: fact, inList });
    const inList = (id: string): boolean => {
      const isIn = known.get(id) ?? this.#isIn(id, occasion, () => viewOf(null));
      known.set(id, isIn);
      return isIn;
    };
    return viewOf(trigger);
  }

  save(): object {
    return [...this.#definitions];
  }

  load(saved: readonly (readonly [string, SegmentDefinition])[]): void {
    for (const [id, definition] of saved) this.#definitions.set(id, definition);
  }

  #isIn(id: string, occasion: Occasion, view: () => RuleView): boolean {
    const definition = this.#definitions.get(id);
    if (definition === undefined) return false;
    if (definition.kind === 'list') return isListed(id, occasion);
    const rule = this.#ruleOf(id);
    return rule !== undefined && holds(rule, view());
  }

  #ruleOf(id: string): CheckedRule | undefined {
    if (!this.#rules.has(id)) {
      const definition = this.#definitions.get(id);
      const lists = (other: string): string[] => segmentsIn(this.#definitions.get(other) ?? NOTHING);
      const check = checkRule(definition?.kind === 'dynamic' ? definition.tree : null, this.catalogue, { trigger: null, lists, self: id });
      this.#rules.set(id, check.ok ? check.rule : undefined);
    }
    return this.#rules.get(id);
  }
}

const NOTHING = { kind: 'list', name: '' } as const;
