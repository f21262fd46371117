import fc from 'fast-check';
import t from 'tap';
import { checkRule } from './check.js';
import type { CheckedRule } from './checked.js';
import { evaluateRule, holds } from './evaluate.js';
import { evidenceOf } from './evidence.js';
import { nextBoundary } from './boundary.js';
import { ruleSchema, type RuleNode } from './language.js';
import { prettyRule } from './pretty.js';
import { anyFact, anyRule, anySubject, LENGTHS, MINUTE, START } from './testing/arbitrary-rules.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';
import { keptViews, startOfDay, viewAt } from './testing/memory-view.js';

const RUNS = { numRuns: 250 };
const now = fc.integer({ min: -120, max: 480 }).map((minutes) => START + minutes * MINUTE);

function checked(tree: unknown): CheckedRule {
  const result = checkRule(tree, EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT);
  if (!result.ok) throw new Error(`${JSON.stringify(result.errors)} in ${JSON.stringify(tree)}`);
  return result.rule;
}
const complement = (tree: RuleNode): RuleNode => ({ combinator: 'and', not: true, rules: [tree] });

t.test('how many a rule is true of and how many its complement is true of are all there are', async () => {
  fc.assert(fc.property(anyRule, fc.array(anySubject, { maxLength: 6 }), now, (tree, subjects, at) => {
    const of = (rule: CheckedRule): number => subjects.filter((subject) => holds(rule, viewAt(at, subject))).length;
    return of(checked(tree)) + of(checked(complement(tree))) === subjects.length;
  }), RUNS);
});

t.test('what is accepted is evaluated, traced, evidenced and said, and says the same once written and read', async () => {
  fc.assert(fc.property(anyRule, anySubject, now, (tree, subject, at) => {
    const rule = checked(tree);
    const view = viewAt(at, subject);
    const { value, trace } = evaluateRule(rule, view);
    const again = checked(JSON.parse(JSON.stringify(tree)));
    const shown = trace[0]!.result === value && holds(rule, view) === value && JSON.stringify(JSON.parse(JSON.stringify(trace))) === JSON.stringify(trace);
    const evidence = evidenceOf(rule, view, 5);
    const sentences = prettyRule(rule, EXAMPLE_CATALOGUE, 'en').length > 0 && prettyRule(rule, EXAMPLE_CATALOGUE, 'zh').length > 0;
    return shown && sentences && holds(again, view) === value && ruleSchema.safeParse(tree).success && evidence.length <= (value ? 5 : 0)
      && JSON.stringify(again.aggregates.map(({ id }) => id)) === JSON.stringify(rule.aggregates.map(({ id }) => id));
  }), RUNS);
});

t.test('kept aggregates give the same results and boundaries as computed ones', async () => {
  fc.assert(fc.property(anyRule, anySubject, fc.array(now, { minLength: 1, maxLength: 5 }), (tree, subject, moments) => {
    const rule = checked(tree);
    const kept = keptViews(rule, subject);
    return moments.every((at) => {
      const [computed, sliding] = [viewAt(at, subject), kept(at)];
      return JSON.stringify(evaluateRule(rule, computed)) === JSON.stringify(evaluateRule(rule, sliding)) && nextBoundary(rule, computed) === nextBoundary(rule, sliding);
    });
  }), RUNS);
});

t.test('between boundaries nothing changes, so whoever asks at every boundary misses no change', async (t) => {
  let changes = 0;
  let within = 0;
  fc.assert(fc.property(anyRule, anySubject, now, fc.array(fc.integer({ min: 1, max: 3 * 24 * 60 * MINUTE }), { maxLength: 8 }), (tree, subject, start, samples) => {
    const rule = checked(tree);
    const edges = rule.aggregates.flatMap(({ window, offset }) => (subject.happened ?? []).flatMap(({ at }) => [at + offset, at + offset + window]));
    const { 'customer.lastSignIn': seen, 'customer.since': since } = subject.attributes!;
    const born = [...(typeof seen === 'number' ? [seen] : []), ...(typeof since === 'string' ? [startOfDay(since)] : [])];
    for (const at of born) edges.push(...LENGTHS.map((length) => at + length));
    const moments = [...new Set([...edges.flatMap((edge) => [edge - 1, edge, edge + 1]), ...samples.map((sample) => start + sample)])].filter((at) => at > start).sort((a, b) => a - b);
    let known = holds(rule, viewAt(start, subject));
    let boundary = nextBoundary(rule, viewAt(start, subject)) ?? Infinity;
    for (const at of moments) {
      while (boundary <= at) {
        const view = viewAt(boundary, subject);
        if (holds(rule, view) !== known) changes += 1;
        known = holds(rule, view);
        const next = nextBoundary(rule, view) ?? Infinity;
        if (next <= boundary) return false;
        boundary = next;
      }
      within += 1;
      if (holds(rule, viewAt(at, subject)) !== known) return false;
    }
    return true;
  }), { numRuns: 500 });
  t.ok(changes > 10 && within > 1000, `${changes} changes at boundaries, ${within} moments between them`);
});

t.test('no JSON makes the check throw, and what is no tree of the language is refused', async () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (json) => !checkRule(json, EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT).ok), RUNS);
  fc.assert(fc.property(anyRule, fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), anyFact.map(({ at }) => at)), (tree, where, other) => {
    const broken = replaced(JSON.parse(JSON.stringify(tree)), where, other);
    const { ok } = checkRule(broken, EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT);
    return !ok || ruleSchema.safeParse(broken).success;
  }), { numRuns: 600 });
});

/** The tree with one of its values, at any depth, made another. */
function replaced(tree: unknown, where: number, other: unknown): unknown {
  const places: { within: Record<string, unknown>; name: string }[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) {
      places.push({ within: value as Record<string, unknown>, name });
      look((value as Record<string, unknown>)[name]);
    }
  };
  look(tree);
  const place = places[where % places.length]!;
  place.within[place.name] = other;
  return tree;
}
