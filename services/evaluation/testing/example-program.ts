import type { Recorded } from '../../../shared/events/definition.js';
import type { CheckedRule } from '../../../shared/rules/checked.js';
import { nextBoundary } from '../../../shared/rules/boundary.js';
import { checkRule } from '../../../shared/rules/check.js';
import { holds } from '../../../shared/rules/evaluate.js';
import { bankCatalogue } from '../catalogue.js';
import type { Occasion, Program, RulesChange } from '../program.js';
import { subjectView } from '../subject-view.js';
import type { CustomerFact } from '../subject.js';

export const checked = (tree: object, trigger: string | null = null): CheckedRule => {
  const check = checkRule(tree, bankCatalogue, { trigger, lists: () => null, self: null });
  if (!check.ok) throw new Error(JSON.stringify(check.errors));
  return check.rule;
};

export const movements = (more: object): object => ({ over: 'movement', key: 'customer', ...more });
export const CNY = (amount: string): object => ({ amount, currency: 'CNY' });

/** True by time, by record, by accounts, by what came lately and what came before that. */
export const STANDING: Readonly<Record<string, CheckedRule>> = {
  active: checked({ agg: movements({ fn: 'count', window: 'P3D' }), operator: '>=', value: 2 }),
  spender: checked({ agg: movements({ fn: 'sum', field: 'amount', currency: 'CNY', window: 'P10D', where: { field: 'side', operator: '=', value: 'out' } }), operator: '>', value: CNY('20000.00') }),
  quiet: checked({ combinator: 'and', rules: [{ attr: 'accounts.lastMovementAt', operator: 'olderThan', value: 'P5D' }, { attr: 'accounts.frozen', operator: '=', value: false }] }),
  earner: checked({ combinator: 'or', rules: [{ attr: 'customer.income', operator: '>', value: CNY('200000.00') }, { attr: 'customer.branch', operator: '=', value: 'B1' }] }),
  fading: checked({ agg: movements({ fn: 'count', window: 'P5D' }), operator: '<', value: { of: { agg: movements({ fn: 'count', window: 'P5D', offset: 'P5D' }) } } }),
};
export const TRIGGERED: Readonly<Record<string, CheckedRule>> = {
  'fan-in': checked({ agg: movements({ fn: 'distinct', field: 'counterparty', window: 'P7D', where: { field: 'side', operator: '=', value: 'in' } }), operator: '>=', value: 2 }, 'movement'),
  'same-account': checked({ combinator: 'and', rules: [{ fact: 'side', operator: '=', value: 'in' }, { agg: { fn: 'count', over: 'movement', key: 'account', window: 'PT24H' }, operator: '>=', value: 2 }] }, 'movement'),
};

/** Rules that are always in force; everybody is looked at whenever a branch is assigned. What comes of it is text, so that it compares. */
export class ExampleProgram implements Program<string> {
  #newest = '';
  #assigned = 0;

  /** `growing`: a rule more is in force with every branch that is assigned. */
  constructor(private readonly growing = false) {}

  take({ id, event }: Recorded): RulesChange {
    if (event.type !== 'CustomerBranchAssigned') return 'none';
    // The same one may come again.
    if (this.#newest !== id) this.#assigned++;
    this.#newest = id;
    return 'everybody';
  }

  onFact(fact: CustomerFact, { group, now, startOfDay, cause, customerId }: Occasion): string[] {
    const view = subjectView(group, { now, trigger: fact, startOfDay, inList: () => false });
    return this.#inForce(TRIGGERED).filter(([, rule]) => rule.trigger === fact.kind && holds(rule, view)).map(([name]) => `${name} ${customerId} ${JSON.stringify(cause)} ${now}`);
  }

  onCustomer(occasion: Occasion): string[] {
    const { customerId, group, exists, now, cause, startOfDay } = occasion;
    return this.#inForce(STANDING).flatMap(([name, rule]) => {
      const before = occasion.recall(name)?.since ?? null;
      const view = subjectView(group, { now, trigger: null, startOfDay, inList: () => false });
      const member = exists && holds(rule, view);
      const due = exists ? nextBoundary(rule, view) : null;
      occasion.remember(name, member || due !== null ? { since: member ? (before ?? now) : null, due } : null);
      return member === (before !== null) ? [] : [`${member ? 'into' : 'out of'} ${name} ${customerId} ${JSON.stringify(cause)} ${now} ${this.#newest}`];
    });
  }

  rules(): Iterable<CheckedRule> {
    return [STANDING, TRIGGERED].flatMap((rules) => this.#inForce(rules).map(([, rule]) => rule));
  }

  save(): object {
    return { newest: this.#newest, assigned: this.#assigned };
  }

  load({ newest, assigned }: { newest?: string; assigned?: number }): void {
    this.#newest = newest ?? '';
    this.#assigned = assigned ?? 0;
  }

  #inForce(rules: Readonly<Record<string, CheckedRule>>): [string, CheckedRule][] {
    return this.growing ? Object.entries(rules).slice(0, this.#assigned) : Object.entries(rules);
  }
}
