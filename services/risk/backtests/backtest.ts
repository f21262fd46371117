import type { Recorded } from '../../../shared/events/definition.js';
import type { Formula } from '../../../shared/events/risk/rule-events.js';
import type { Catalogue } from '../../../shared/rules/catalogue.js';
import type { BankTimes } from '../../evaluation/bank-times.js';
import type { Program, RulesChange } from '../../evaluation/program.js';
import { evaluateWhole } from '../../evaluation/whole-log.js';
import type { Alert } from '../cases/commands.js';
import { RiskProgram, type Finding } from '../program.js';

export interface BacktestSetup extends BankTimes {
  readonly catalogue: Catalogue;
  readonly candidate: Formula;
  /** What is in force now, to compare with; null: nothing is. */
  readonly published: Formula | null;
  /** The log in its order, in batches. */
  readonly log: AsyncIterable<readonly Recorded[]>;
  /** Events of the log read so far. */
  readonly onProgress?: (events: number) => void;
}

/** An alert that would have been raised. */
export type WouldBe = Pick<Alert, 'customerId' | 'at' | 'cause' | 'accounts' | 'evidence' | 'trace'>;

export interface BacktestResult {
  /** Of the log. */
  readonly events: number;
  readonly alerts: number;
  readonly customers: number;
  /** By the month of their booking time, "2026-03". */
  readonly byMonth: Readonly<Record<string, number>>;
  /** Against the published version, by customer and cause: what only the candidate raises, what only the published one does, what both do. */
  readonly difference: { readonly added: number; readonly lost: number; readonly same: number } | null;
  /** The newest of each, at most `MOST_SHOWN`. */
  readonly shown: { readonly added: readonly WouldBe[]; readonly lost: readonly WouldBe[] };
  /** Why the candidate was not evaluated to the end; null: it was. */
  readonly failure: { readonly code: string; readonly cause: string } | null;
  /** How often the candidate was asked, and the time that took. */
  readonly cost: { readonly asked: number; readonly milliseconds: number };
}

export const MOST_SHOWN = 100;
/** A rule that raises more says nothing. */
export const MOST_ALERTS = 200_000;

/** One of the two rules over the history. */
class Side {
  readonly alerts = new Set<string>();
  readonly customers = new Set<string>();
  readonly byMonth: Record<string, number> = {};
  failure: BacktestResult['failure'] = null;
  asked = 0;
  milliseconds = 0;
  readonly #newest: WouldBe[] = [];
  readonly program: Program<Finding>;

  constructor(readonly id: string, formula: Formula, catalogue: Catalogue) {
    const program = new RiskProgram(catalogue, [{ id, version: 1, formula }]);
    this.program = {
      rules: () => program.rules(), take: (recorded) => program.take(recorded), save: () => ({}), load: () => undefined,
      onFact: (fact, occasion) => (fact.kind === formula.trigger ? this.#ask(() => program.onFact(fact, occasion)) : []),
      onCustomer: (occasion) => (formula.trigger === null ? this.#ask(() => program.onCustomer(occasion)) : program.onCustomer(occasion)),
    };
  }

  #ask(program: () => Finding[]): Finding[] {
    if (this.failure) return [];
    const startedAt = performance.now();
    const findings = program();
    this.milliseconds += performance.now() - startedAt;
    this.asked++;
    return findings;
  }

  take(finding: Finding): void {
    if (finding.kind === 'rule-failed') return void (this.failure = { code: finding.code, cause: finding.cause });
    const { alert: { customerId, at, cause, accounts, evidence, trace } } = finding;
    if (this.alerts.size >= MOST_ALERTS) return void (this.failure = { code: 'too_many_alerts', cause });
    this.alerts.add(keyOf({ customerId, cause }));
    this.customers.add(customerId);
    const month = at.slice(0, 7);
    this.byMonth[month] = (this.byMonth[month] ?? 0) + 1;
    this.#newest.push({ customerId, at, cause, accounts, evidence, trace });
    // What only one of them raises is known at the end: some of what both do is among the newest.
    if (this.#newest.length > 20 * MOST_SHOWN) this.#newest.splice(0, 10 * MOST_SHOWN);
  }

  /** The newest that the other does not raise. */
  only(other: Side | null): WouldBe[] {
    return this.#newest.filter((alert) => !other?.alerts.has(keyOf(alert))).slice(-MOST_SHOWN).toReversed();
  }

  /** How many the other raises as well. */
  common(other: Side): number {
    return [...this.alerts].filter((key) => other.alerts.has(key)).length;
  }
}

const keyOf = ({ customerId, cause }: Pick<WouldBe, 'customerId' | 'cause'>): string => `${customerId} ${cause}`;

const mostOf = (changes: readonly RulesChange[]): RulesChange => (['everybody', 'rules'] as const).find((change) => changes.includes(change)) ?? 'none';

/** Runs a candidate over the whole history as if it had always been in force, beside the published version; segments and lists are as they were then. Writes nothing, raises nothing. */
export async function backtest({ catalogue, candidate, published, log, bookedAt, startOfDay, onProgress }: BacktestSetup): Promise<BacktestResult> {
  const tried = new Side('candidate', candidate, catalogue);
  const present = published && new Side('published', published, catalogue);
  const sides = present ? [tried, present] : [tried];
  const evaluated = evaluateWhole<Finding>({
    log, bookedAt, startOfDay,
    program: {
      take: (recorded) => mostOf(sides.map(({ program }) => program.take(recorded))), save: () => ({}), load: () => undefined,
      rules: () => sides.flatMap(({ program }) => [...program.rules()]),
      onFact: (fact, occasion) => sides.flatMap(({ program }) => program.onFact(fact, occasion)),
      onCustomer: (occasion) => sides.flatMap(({ program }) => program.onCustomer(occasion)),
    },
    onOutputs: (findings) => {
      for (const finding of findings) sides.find(({ id }) => id === (finding.kind === 'alert' ? finding.alert.ruleId : finding.ruleId))!.take(finding);
    },
  });
  let events = 0;
  for await (const batch of evaluated) {
    events += batch.length;
    onProgress?.(events);
  }
  const same = present ? tried.common(present) : 0;
  return {
    events, alerts: tried.alerts.size, customers: tried.customers.size, byMonth: tried.byMonth, failure: tried.failure,
    difference: present && { added: tried.alerts.size - same, lost: present.alerts.size - same, same },
    shown: { added: tried.only(present), lost: present?.only(tried) ?? [] },
    cost: { asked: tried.asked, milliseconds: Math.round(tried.milliseconds) },
  };
}
