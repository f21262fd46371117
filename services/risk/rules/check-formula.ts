import type { Formula } from '../../../shared/events/risk/rule-events.js';
import type { FieldError } from '../../../shared/kernel/decision.js';
import type { Catalogue } from '../../../shared/rules/catalogue.js';
import { checkRule } from '../../../shared/rules/check.js';
import { parseDuration } from '../../../shared/rules/durations.js';
import { LIMITS } from '../../../shared/rules/limits.js';
import { prettyRule } from '../../../shared/rules/pretty.js';
import type { CheckFormula } from './rules.js';

/** The lists and segments that one refers to; null where there is none of that id. */
export type Lists = (id: string) => readonly string[] | null;

/** Everything that is wrong with a formula, by JSON pointers into it. */
export const checkFormula = (catalogue: Catalogue, lists: () => Promise<Lists>): CheckFormula => async ({ trigger, tree, cooldown }) => {
  const faults: FieldError[] = [];
  if (trigger !== null && !Object.hasOwn(catalogue.facts, trigger)) faults.push({ pointer: '/trigger', code: 'unknown_fact', detail: 'the catalogue has no such kind of fact' });
  const length = cooldown === undefined ? 0 : parseDuration(cooldown, LIMITS.windowDays);
  if (typeof length === 'string') faults.push({ pointer: '/cooldown', code: length, detail: 'must be weeks, days, hours and minutes, longer than nothing' });
  if (cooldown !== undefined && trigger === null) faults.push({ pointer: '/cooldown', code: 'value_unexpected', detail: 'a rule without a trigger alerts when it becomes true, and again only after it was not' });
  const check = checkRule(tree, catalogue, { trigger, lists: await lists(), self: null });
  if (!check.ok) faults.push(...check.errors.map(({ node, code, detail }) => ({ pointer: `/tree${node}`, code, detail })));
  return faults;
};

/** The rule in words, where the catalogue of this moment knows all that it speaks of. */
export function describeFormula(catalogue: Catalogue, { trigger, tree }: Formula, nameOf?: (segment: string) => string): { readonly en: string; readonly zh: string } | undefined {
  const check = checkRule(tree, catalogue, { trigger, lists: () => [], self: null });
  return check.ok ? { en: prettyRule(check.rule, catalogue, 'en', nameOf), zh: prettyRule(check.rule, catalogue, 'zh', nameOf) } : undefined;
}
