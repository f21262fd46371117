import { v5 as uuidv5 } from 'uuid';
import type { Recorded } from '../../shared/events/definition.js';
import { riskRuleEvents, type Formula, type RiskRuleEvent } from '../../shared/events/risk/rule-events.js';
import { MOST_ACCOUNTS, MOST_EVIDENCE } from '../../shared/events/risk/values.js';
import { nextBoundary } from '../../shared/rules/boundary.js';
import type { Catalogue } from '../../shared/rules/catalogue.js';
import { checkRule } from '../../shared/rules/check.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { parseDuration } from '../../shared/rules/durations.js';
import { evaluateRule, holds } from '../../shared/rules/evaluate.js';
import { evidenceOf } from '../../shared/rules/evidence.js';
import { LIMITS } from '../../shared/rules/limits.js';
import type { Fact, RuleView } from '../../shared/rules/view.js';
import type { Cause, Occasion, Program, RulesChange } from '../evaluation/program.js';
import type { CustomerFact } from '../evaluation/subject.js';
import { AskedSegments } from '../marketing/asked-segments.js';
import type { Alert } from './cases/commands.js';
import { alertIdOf } from './cases/cases.js';
import { inForce, ruleRecord, type RuleState } from './rules/state.js';

/** What the evaluator found: an alert, or a rule that cannot be evaluated and is set aside from there on. */
export type Finding =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'rule-failed'; readonly ruleId: string; readonly version: number; readonly cause: string; readonly code: string };

/** A rule as it is evaluated, whatever its record says. */
export interface TriedRule {
  readonly id: string;
  readonly version: number;
  readonly formula: Formula;
}

interface RuleInForce {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly severity: Alert['severity'];
  /** Undefined: it was published, but this program's catalogue does not know what it, or a segment it asks for, speaks of. */
  readonly rule: CheckedRule | undefined;
  /** The segments that it asks for, and the rules of all that these rest on. */
  readonly lists: readonly string[];
  readonly behind: readonly CheckedRule[];
  readonly trigger: string | null;
  readonly cooldownMs: number;
}

const OWN: ReadonlySet<string> = new Set(riskRuleEvents.map(({ type }) => type));

/**
 * The risk rules over the stream. A rule with a trigger is asked when such a fact comes, and is silent about a customer for its cooldown once it has held; one without is
 * asked whenever anything about the customer changes, and alerts when it becomes true. `only`: these rules from the first event on and no others, for trying a candidate
 * on the past.
 */
export class RiskProgram implements Program<Finding> {
  #records = new Map<string, RuleState>();
  #failed = new Set<string>();
  #inForce: readonly RuleInForce[] = [];
  readonly #segments: AskedSegments;

  constructor(private readonly catalogue: Catalogue, private readonly only?: readonly TriedRule[]) {
    this.#segments = new AskedSegments(catalogue);
    this.#refresh();
  }

  take(recorded: Recorded): RulesChange {
    const segment = this.#segments.take(recorded);
    if (segment !== undefined) return this.#segmentChanged(segment);
    if (this.only || !OWN.has(recorded.event.type)) return 'none';
    const event = recorded.event as RiskRuleEvent;
    const { ruleId } = event.data;
    const before = this.#records.get(ruleId) ?? ruleRecord.initial;
    this.#records.set(ruleId, ruleRecord.evolve(before, event, recorded as Recorded<RiskRuleEvent>));
    if (event.type === 'RiskRuleResumed' || event.type === 'RiskRulePublished') this.#failed.delete(ruleId);
    if (event.type === 'RiskRuleDrafted' || event.type === 'RiskRuleRevised' || event.type === 'RiskRuleSubmitted' || event.type === 'RiskRuleReturned') return 'none';
    this.#refresh();
    return this.#inForce.some(({ id, trigger }) => id === ruleId && trigger === null) ? 'everybody' : 'rules';
  }

  onFact(fact: CustomerFact, occasion: Occasion): Finding[] {
    const { customerId, exists, now } = occasion;
    const view = this.#segments.view(occasion, fact);
    return this.#inForce.filter(({ trigger }) => trigger === fact.kind).flatMap((one) => this.#guarded(one, occasion.cause, (rule) => {
      const since = occasion.recall(one.id)?.since ?? null;
      const silent = since !== null && Math.abs(now - since) < one.cooldownMs;
      if (!exists || silent || !holds(rule, view)) return undefined;
      if (one.cooldownMs > 0) occasion.remember(one.id, { since: now, due: null });
      return alertOf(one, customerId, occasion.cause, now, [fact, ...evidenceOf(rule, view, MOST_EVIDENCE)], traceOf(rule, view));
    }));
  }

  onCustomer(occasion: Occasion): Finding[] {
    this.#segments.noteListing(occasion);
    const { customerId, exists, now } = occasion;
    const view = this.#segments.view(occasion, null);
    return this.#inForce.filter(({ trigger }) => trigger === null).flatMap((one) => this.#guarded(one, occasion.cause, (rule) => {
      const before = occasion.recall(one.id)?.since ?? null;
      const held = exists && holds(rule, view);
      const due = exists ? earliestBoundary([rule, ...one.behind], view) : null;
      occasion.remember(one.id, held || due !== null ? { since: held ? (before ?? now) : null, due } : null);
      return held && before === null ? alertOf(one, customerId, occasion.cause, now, evidenceOf(rule, view, MOST_EVIDENCE), traceOf(rule, view)) : undefined;
    }));
  }

  rules(): Iterable<CheckedRule> {
    return this.#inForce.flatMap(({ rule, behind }) => (rule ? [rule, ...behind] : []));
  }

  save(): object {
    return { records: [...this.#records], failed: [...this.#failed].sort(), segments: this.#segments.save() };
  }

  load(saved: { records?: [string, RuleState][]; failed?: string[]; segments?: Parameters<AskedSegments['load']>[0] }): void {
    if (!saved.records) return;
    this.#records = new Map(saved.records);
    this.#failed = new Set(saved.failed);
    this.#segments.load(saved.segments ?? []);
    this.#refresh();
  }

  /** A rule that cannot be evaluated never stops the stream: it is set aside, and somebody is told. */
  #guarded(one: RuleInForce, cause: Cause, evaluate: (rule: CheckedRule) => Alert | undefined): Finding[] {
    const { id, version, rule } = one;
    try {
      if (rule === undefined) throw new RangeError('the catalogue has changed');
      const alert = evaluate(rule);
      return alert ? [{ kind: 'alert', alert }] : [];
    } catch (error) {
      this.#failed.add(id);
      this.#refresh();
      return [{ kind: 'rule-failed', ruleId: id, version, cause: causeId(cause, id), code: rule === undefined ? 'catalogue_changed' : error instanceof Error ? error.name : 'failed' }];
    }
  }

  #segmentChanged(id: string): RulesChange {
    this.#refresh();
    const asking = this.#inForce.filter(({ lists }) => this.#segments.reachedFrom(lists).has(id));
    if (asking.length === 0) return 'none';
    return asking.some(({ trigger }) => trigger === null) ? 'everybody' : 'rules';
  }

  #refresh(): void {
    const rules = this.only ?? [...this.#records].flatMap(([id, state]) => {
      const released = state.status === 'known' ? inForce(state) : undefined;
      return released && !released.parked ? [{ id, version: released.version, formula: released.formula }] : [];
    });
    this.#inForce = rules.filter(({ id }) => !this.#failed.has(id)).map((rule) => inForceOf(rule, this.catalogue, this.#segments)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function inForceOf({ id, version, formula }: TriedRule, catalogue: Catalogue, segments: AskedSegments): RuleInForce {
  const { kind, severity, trigger, tree, cooldown } = formula;
  const check = checkRule(tree, catalogue, { trigger, lists: () => [], self: null });
  const lists = check.ok ? check.rule.lists : [];
  const behind = segments.rulesBehind(lists);
  return { id, version, kind, severity, trigger, lists, behind: behind ?? [], rule: check.ok && behind ? check.rule : undefined, cooldownMs: cooldown === undefined ? 0 : milliseconds(cooldown) };
}

/** Who is in a segment may change by time alone as the rule itself may. */
function earliestBoundary(rules: readonly CheckedRule[], view: RuleView): number | null {
  const moments = rules.flatMap((rule) => nextBoundary(rule, view) ?? []);
  return moments.length === 0 ? null : Math.min(...moments);
}

const traceOf = (rule: CheckedRule, view: RuleView): Alert['trace'] => evaluateRule(rule, view).trace.map((node) => ({ ...node }));

function milliseconds(cooldown: string): number {
  const length = parseDuration(cooldown, LIMITS.windowDays);
  if (typeof length === 'string') throw new Error(`a cooldown was published that is none: ${cooldown}`);
  return length;
}

/** What only time brought about has the moment and the customer for its cause. */
const causeId = (cause: Cause, subject: string): string => (cause.kind === 'event' ? cause.id : uuidv5(new Date(cause.at).toISOString(), subject));

function alertOf(one: RuleInForce, customerId: string, cause: Cause, at: number, facts: readonly Fact[], trace: Alert['trace']): Alert {
  const causedBy = causeId(cause, customerId);
  const accounts = [...new Set(facts.flatMap(({ fields }) => (typeof fields['account'] === 'string' ? [fields['account']] : [])))].slice(0, MOST_ACCOUNTS);
  const evidence = [...new Set(facts.map(({ id }) => id.split('/')[0]!))].slice(0, MOST_EVIDENCE);
  return {
    alertId: alertIdOf(causedBy, one.id, one.version, customerId), customerId, ruleId: one.id, ruleVersion: one.version, kind: one.kind, severity: one.severity,
    at: new Date(at).toISOString(), cause: causedBy, accounts, evidence, trace,
  };
}
