import { deepStrictEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../../shared/testing/seed.js';
import { breakpointsOf, scoreOf, type Better } from './quintiles.js';

t.comment(`seed ${seed}`);
const runs = { seed, numRuns: 500 };
const better = fc.constantFrom<Better>('more', 'less');
const scores = (values: readonly number[], wanted: Better): number[] => values.map((value) => scoreOf(value, breakpointsOf(values, wanted), wanted));
const some = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 200 });

t.test('where no two are equal, the fifths differ by one at most', async (t) => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 300 }), better, (values, wanted) => {
    const given = scores(values, wanted);
    const sizes = [1, 2, 3, 4, 5].map((score) => given.filter((one) => one === score).length);
    ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
  }), runs);
  t.pass(`${runs.numRuns} runs`);
});

t.test('the score is that of the percentile rank, told a second time', async (t) => {
  fc.assert(fc.property(some, better, (values, wanted) => {
    const worse = (a: number, b: number): boolean => (wanted === 'more' ? a < b : a > b);
    deepStrictEqual(scores(values, wanted), values.map((value) => {
      const rank = values.reduce((sum, other) => sum + (worse(other, value) ? 2 : other === value ? 1 : 0), 0);
      return [1, 2, 3, 4].filter((fifth) => rank * 5 >= fifth * 2 * values.length).length + 1;
    }));
  }), runs);
  t.pass(`${runs.numRuns} runs`);
});

t.test('whoever is better has no worse score, equals have equal ones, and the order in which they come changes nothing', async (t) => {
  fc.assert(fc.property(some.chain((values) => fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }))), better, ([values, shuffled], wanted) => {
    deepStrictEqual(breakpointsOf(shuffled, wanted), breakpointsOf(values, wanted));
    const given = values.map((value, place) => ({ value, score: scores(values, wanted)[place]! }));
    for (const a of given) for (const b of given) if (wanted === 'more' ? a.value >= b.value : a.value <= b.value) ok(a.score >= b.score);
  }), { ...runs, numRuns: 100 });
  t.pass('100 runs');
});
