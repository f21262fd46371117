import type { Recorded } from '../../shared/events/definition.js';
import type { SegmentDefinition, SegmentEvent, SegmentListEvent } from '../../shared/events/marketing/segment-events.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { checkRule } from '../../shared/rules/check.js';
import { marketingCatalogue } from '../evaluation/catalogue.js';
import type { Cause, Occasion, Program, RulesChange } from '../evaluation/program.js';
import { Listing } from './listing.js';
import { leaveEnded, membershipChange, standing, type MembershipChange, type Segment, type SegmentFailure, type Standing } from './membership.js';
import { segmentsIn, usesBehaviour } from './profiling.js';

export type SegmentOutput = MembershipChange | SegmentFailure | Standing;

/** A published segment as its records say it. `aside`: it failed, and whoever is in stays in. */
interface Published {
  readonly id: string;
  readonly version: number;
  readonly definition: SegmentDefinition;
  readonly aside: boolean;
}

interface Saved {
  readonly published: readonly Published[];
  /** Withdrawn: the last version that was in force. */
  readonly ended: readonly (readonly [id: string, version: number])[];
  /** Found out while a rule was read; told with the next customer. */
  readonly untold: readonly SegmentFailure[];
}

/** Who is in which segment. A segment may refer to others; those come first. */
export class SegmentsProgram implements Program<SegmentOutput> {
  #published = new Map<string, Published>();
  #ended = new Map<string, number>();
  #untold: SegmentFailure[] = [];
  /** In the order in which they are evaluated. */
  #inForce: readonly Segment[] = [];
  readonly #listing = new Listing();
  /** Of which segment everybody is told where they stand, and because of which event. */
  #restated: { readonly eventId: string; readonly segmentId: string } | undefined;

  take(recorded: Recorded): RulesChange {
    const { id, event } = recorded;
    this.#listing.take(recorded);
    const one = event as SegmentEvent | SegmentListEvent;
    if (one.type === 'SegmentPublished' || one.type === 'SegmentWithdrawn' || one.type === 'SegmentResumed') this.#restated = { eventId: id, segmentId: one.data.segmentId };
    switch (one.type) {
      case 'SegmentPublished': {
        const { segmentId, version, definition } = one.data;
        this.#ended.delete(segmentId);
        return this.#change({ id: segmentId, version, definition, aside: false }, { kind: 'event', id });
      }
      case 'SegmentWithdrawn':
        this.#published.delete(one.data.segmentId);
        this.#ended.set(one.data.segmentId, one.data.version);
        this.#arrange({ kind: 'event', id });
        return 'everybody';
      case 'SegmentParked':
        this.#setAside(one.data.segmentId, one.data.version);
        return 'rules';
      case 'SegmentResumed': {
        const known = this.#published.get(one.data.segmentId);
        return known?.version === one.data.version ? this.#change({ ...known, aside: false }, { kind: 'event', id }) : 'none';
      }
      default:
        return 'none';
    }
  }

  onFact(): [] {
    return [];
  }

  onCustomer(occasion: Occasion): SegmentOutput[] {
    this.#listing.note(occasion);
    const outputs: SegmentOutput[] = this.#untold;
    this.#untold = [];
    // First: whoever refers to one that ended finds nobody in it.
    for (const [id, version] of this.#ended) {
      const change = leaveEnded({ id, version }, occasion);
      if (change) outputs.push(change);
      if (this.#isRestated(id, occasion.cause)) outputs.push(standing({ id, version }, occasion));
    }
    for (const segment of this.#inForce) {
      try {
        const change = membershipChange(segment, occasion);
        if (change) outputs.push(change);
        if (this.#isRestated(segment.id, occasion.cause)) outputs.push(standing(segment, occasion));
      } catch {
        this.#setAside(segment.id, segment.version);
        outputs.push({ kind: 'failed', segmentId: segment.id, version: segment.version, cause: occasion.cause, code: 'evaluation_failed' });
      }
    }
    return outputs;
  }

  *rules(): Iterable<CheckedRule> {
    for (const { rule } of this.#inForce) if (rule) yield rule;
  }

  /** In force and not set aside, in the order in which they are evaluated. */
  get inForce(): readonly Segment[] {
    return this.#inForce;
  }

  save(): Saved {
    return { published: [...this.#published.values()], ended: [...this.#ended], untold: this.#untold };
  }

  load({ published = [], ended = [], untold = [] }: Partial<Saved>): void {
    this.#published = new Map(published.map((one) => [one.id, one]));
    this.#ended = new Map(ended);
    this.#untold = [...untold];
    this.#arrange(null);
  }

  #change(published: Published, cause: Cause): 'everybody' {
    this.#published.set(published.id, published);
    this.#arrange(cause);
    return 'everybody';
  }

  #setAside(id: string, version: number): void {
    const known = this.#published.get(id);
    if (known?.version !== version) return;
    this.#published.set(id, { ...known, aside: true });
    this.#inForce = this.#inForce.filter((segment) => segment.id !== id);
  }

  /** Reads every rule anew: what one may refer to depends on the others. */
  #arrange(cause: Cause | null): void {
    const segments: Segment[] = [];
    const profiles = new Map<string, boolean>();
    for (const published of this.#inOrder()) {
      const { id, version, definition, aside } = published;
      const rule = definition.kind === 'list' ? null : this.#ruleOf(published);
      profiles.set(id, rule !== null && rule !== 'invalid' && (usesBehaviour(rule) || rule.lists.some((list) => profiles.get(list))));
      if (aside) continue;
      if (rule !== 'invalid') segments.push({ id, version, rule, profiles: profiles.get(id)! });
      else {
        this.#published.set(id, { ...published, aside: true });
        if (cause) this.#untold.push({ kind: 'failed', segmentId: id, version, cause, code: 'rule_invalid' });
      }
    }
    this.#inForce = segments;
  }

  /** One that was withdrawn refers to nothing and has nobody in it. */
  #ruleOf({ id, definition }: Published): CheckedRule | 'invalid' {
    const refersTo = (list: string): string[] => {
      const other = this.#published.get(list);
      return other ? segmentsIn(other.definition) : [];
    };
    const check = checkRule(definition.kind === 'dynamic' ? definition.tree : null, marketingCatalogue, { trigger: null, lists: refersTo, self: id });
    return check.ok ? check.rule : 'invalid';
  }

  /** Those referred to before those that refer to them, otherwise by id. */
  #inOrder(): Published[] {
    const ordered = new Map<string, Published>();
    const visit = (id: string, above: readonly string[]): void => {
      const one = this.#published.get(id);
      if (!one || ordered.has(id) || above.includes(id)) return;
      for (const other of segmentsIn(one.definition).sort()) visit(other, [...above, id]);
      ordered.set(id, one);
    };
    for (const id of [...this.#published.keys()].sort()) visit(id, []);
    return [...ordered.values()];
  }

  #isRestated(segmentId: string, cause: Cause): boolean {
    return this.#restated?.segmentId === segmentId && cause.kind === 'event' && cause.id === this.#restated.eventId;
  }
}
