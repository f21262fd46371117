import fc from 'fast-check';
import t from 'tap';
import { absolute, chainDifference, postingOrder, type DayLine } from './day-order.js';

const TOLERANCE = 10n;
const seed = 20_990_331;
t.comment(`fast-check seed ${seed}`);

/** Days of one account as a bank records them: amounts in some order, balances a little off, now and then one far off. */
const days = fc.array(
  fc.array(
    fc.record({
      amount: fc.bigInt(-50_000n, 50_000n),
      noise: fc.oneof({ weight: 9, arbitrary: fc.bigInt(-4n, 4n) }, { weight: 1, arbitrary: fc.bigInt(-500n, 500n) }),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  { minLength: 1, maxLength: 5 },
).map((plan) => {
  let balance = 0n;
  let id = 0;
  return plan.map((day) => day.map(({ amount, noise }): DayLine => {
    balance += amount;
    return { id: String((7919 * ++id) % 1009), amount, recorded: balance + noise };
  }));
});

type Ordering = (day: readonly DayLine[], before: bigint | undefined) => readonly DayLine[];

function reconciled(lines: readonly (readonly DayLine[])[], order: Ordering): number {
  let before: bigint | undefined = 0n;
  let count = 0;
  for (const day of lines) {
    for (const line of order(day, before)) {
      if (absolute(chainDifference(before, line)!) <= TOLERANCE) count++;
      before = line.recorded;
    }
  }
  return count;
}

const found = (day: readonly DayLine[], before: bigint | undefined) => postingOrder(day, before, TOLERANCE);

t.test('shuffling the lines within a day never lowers the reconciled count', async (t) => {
  const shuffling = days.chain((lines) => 
    fc.tuple(fc.constant(lines), fc.tuple(...lines.map((day) => fc.shuffledSubarray(day, { minLength: day.length })))),
  );
  fc.assert(fc.property(shuffling, ([lines, shuffled]) => {
    if (reconciled(shuffled, found) !== reconciled(lines, found)) throw new Error('another count after shuffling');
  }), { seed, numRuns: 300 });
  t.pass();
});

t.test('no order of a day reconciles more lines than the one found', async (t) => {
  const day = fc.array(fc.record({ amount: fc.bigInt(-30n, 30n), recorded: fc.bigInt(-60n, 60n) }), { minLength: 1, maxLength: 5 })
    .map((lines) => lines.map((line, index): DayLine => ({ id: String(index), ...line })));
  fc.assert(fc.property(day, fc.bigInt(-60n, 60n), (lines, before) => {
    const fits = (previous: bigint | undefined, line: DayLine) => absolute(chainDifference(previous, line)!) <= 3n;
    const count = (order: readonly DayLine[]) => order.filter((line, index) => fits(index === 0 ? before : order[index - 1]!.recorded, line)).length;
    const best = Math.max(...permutations(lines).map(count));
    const order = postingOrder(lines, before, 3n);
    if (count(order) !== best) throw new Error(`${count(order)} reconcile, ${best} could`);
    if (new Set(order).size !== lines.length) throw new Error('a line is lost or doubled');
  }), { seed, numRuns: 300 });
  t.pass();
});

t.test('the order of the file would not do (the property above can fail)', async (t) => {
  const [first, second]: [DayLine, DayLine] = [{ id: '1', amount: 100n, recorded: 100n }, { id: '2', amount: -30n, recorded: 70n }];
  t.equal(reconciled([[second, first]], (day) => day), 0);
  t.equal(reconciled([[second, first]], found), 2);
});

t.test('a day of many lines is followed from balance to balance', async (t) => {
  let balance = 0n;
  const lines = Array.from({ length: 40 }, (_, index): DayLine => {
    const amount = BigInt(1000 + index * 37);
    balance += amount;
    return { id: String((index * 17) % 41), amount, recorded: balance };
  });
  const shuffled = [...lines].sort((a, b) => Number(a.id) - Number(b.id));
  t.strictSame(postingOrder(shuffled, 0n, TOLERANCE), lines);
});

t.test('lines without balances stay as they are', async (t) => {
  const lines: DayLine[] = [{ id: '9', amount: 5n, recorded: undefined }, { id: '1', amount: 1n, recorded: 1n }];
  t.strictSame(postingOrder(lines, 0n, TOLERANCE), lines);
});

function permutations<Value>(values: readonly Value[]): Value[][] {
  if (values.length <= 1) return [[...values]];
  return values.flatMap((value, index) => permutations([...values.slice(0, index), ...values.slice(index + 1)]).map((rest) => [value, ...rest]));
}
