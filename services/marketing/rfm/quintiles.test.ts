import t from 'tap';
import { breakpointsOf, scoreOf } from './quintiles.js';

const scores = (values: readonly number[], better: 'more' | 'less' = 'more'): number[] => values.map((value) => scoreOf(value, breakpointsOf(values, better), better));

t.test('a fifth of the customers for each score', async (t) => {
  t.same(scores([10, 20, 30, 40, 50]), [1, 2, 3, 4, 5]);
  t.same(breakpointsOf([50, 10, 40, 20, 30], 'more'), [20, 30, 40, 50]);
  t.same(scores([1, 2, 3, 4, 5, 6, 7]), [1, 2, 2, 3, 4, 4, 5]);
  t.same(scores([10, 20, 30, 40, 50], 'less'), [5, 4, 3, 2, 1], 'the fewer the better');
  t.same(breakpointsOf([10, 20, 30, 40, 50], 'less'), [40, 30, 20, 10]);
  t.same(breakpointsOf([100_000_000_000_000_001n, 100_000_000_000_000_002n], 'more'), [100_000_000_000_000_001n, 100_000_000_000_000_002n, 100_000_000_000_000_002n, null], 'money, to the last unit');
});

t.test('what is equal has one score, and all that are equal the one in the middle', async (t) => {
  t.same(scores([1, 1, 1, 1, 1, 1, 9, 9, 9, 9]), [2, 2, 2, 2, 2, 2, 5, 5, 5, 5]);
  t.same(scores([7, 7, 7, 7]), [3, 3, 3, 3]);
  t.same(breakpointsOf([7, 7, 7, 7], 'more'), [7, 7, null, null]);
  t.same(scores([1, 1, 1, 1, 1, 1, 1, 1, 1, 9]), [3, 3, 3, 3, 3, 3, 3, 3, 3, 5], 'control: nine in ten do not have the best score');
});

t.test('few customers', async (t) => {
  t.same([scores([4]), scores([4, 6]), scores([4, 5, 6]), scores([3, 4, 5, 6])], [[3], [2, 4], [1, 3, 5], [1, 2, 4, 5]]);
  t.same(breakpointsOf([], 'more'), [null, null, null, null]);
  t.equal(scoreOf(5, breakpointsOf([], 'more'), 'more'), 1);
});

t.test('breakpoints that are kept score whoever comes later', async (t) => {
  const kept = breakpointsOf([10, 20, 30, 40, 50], 'more');
  t.same([0, 19, 20, 49, 50, 99].map((value) => scoreOf(value, kept, 'more')), [1, 1, 2, 4, 5, 5]);
});
