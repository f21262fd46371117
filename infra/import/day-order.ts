/** One line of an account's day. Amounts in minor units, negative for money that leaves. */
export interface DayLine {
  readonly id: string;
  readonly amount: bigint;
  /** The balance that the source recorded after it, where it did. */
  readonly recorded: bigint | undefined;
}

/** Up to so many lines of a day every order is weighed (2^n × n² steps); beyond, the chain is followed from line to line. */
const EXACT_LINES = 12;
// More than the differences of a whole day within tolerance can add up to, and small enough to stay exact as a number.
const BROKEN = 1e9;

/**
 * The order in which an account's lines of one day were posted, as the recorded balances tell: the one in which most lines fit the balance recorded
 * before them (within the tolerance); of those the closest; of those the first by id, so that the order of the file plays no part.
 * Days with lines that carry no balance stay as they are in the file.
 */
export function postingOrder<Line extends DayLine>(lines: readonly Line[], before: bigint | undefined, tolerance: bigint): Line[] {
  if (lines.length < 2 || lines.some((line) => line.recorded === undefined)) return [...lines];
  const byId = [...lines].sort(compareIds);
  return byId.length <= EXACT_LINES ? exactOrder(byId, before, tolerance) : followedOrder(byId, before, tolerance);
}

/** The recorded balance after a line less what it should be after the one before it; nothing where one of them is unknown. */
export const chainDifference = (before: bigint | undefined, line: DayLine): bigint | undefined =>
  before === undefined || line.recorded === undefined ? undefined : line.recorded - (before + line.amount);

export const absolute = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function stepCost(before: bigint | undefined, line: DayLine, tolerance: bigint): number {
  const difference = chainDifference(before, line);
  return difference === undefined || absolute(difference) > tolerance ? BROKEN : Number(absolute(difference));
}

/** The cheapest path through all lines, by subset and last line. */
function exactOrder<Line extends DayLine>(lines: readonly Line[], before: bigint | undefined, tolerance: bigint): Line[] {
  const count = lines.length;
  const all = 2 ** count - 1;
  const costs = new Float64Array((all + 1) * count).fill(Infinity);
  const previous = new Int8Array((all + 1) * count).fill(-1);
  const steps = lines.map((from) => lines.map((to) => stepCost(from.recorded, to, tolerance)));
  lines.forEach((line, index) => {
    costs[(1 << index) * count + index] = stepCost(before, line, tolerance);
  });
  for (let subset = 1; subset <= all; subset++) {
    for (let last = 0; last < count; last++) {
      const cost = costs[subset * count + last]!;
      if (cost === Infinity) continue;
      for (let next = 0; next < count; next++) {
        if ((subset & (1 << next)) !== 0) continue;
        const slot = (subset | (1 << next)) * count + next;
        const together = cost + steps[last]![next]!;
        if (together >= costs[slot]!) continue;
        costs[slot] = together;
        previous[slot] = last;
      }
    }
  }
  let last = lines.reduce((best, _, index) => (costs[all * count + index]! < costs[all * count + best]! ? index : best), 0);
  const order: Line[] = [];
  for (let subset = all; order.length < count;) {
    order.unshift(lines[last]!);
    const slot = subset * count + last;
    subset ^= 1 << last;
    last = previous[slot]!;
  }
  return order;
}

function followedOrder<Line extends DayLine>(lines: readonly Line[], before: bigint | undefined, tolerance: bigint): Line[] {
  const left = [...lines];
  const order: Line[] = [];
  for (let balance = before; left.length > 0;) {
    const costs = left.map((line) => stepCost(balance, line, tolerance));
    const [line] = left.splice(costs.indexOf(Math.min(...costs)), 1);
    order.push(line!);
    balance = line!.recorded;
  }
  return order;
}

function compareIds(a: DayLine, b: DayLine): number {
  const numeric = /^\d{1,15}$/.test(a.id) && /^\d{1,15}$/.test(b.id);
  if (numeric && Number(a.id) !== Number(b.id)) return Number(a.id) - Number(b.id);
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
