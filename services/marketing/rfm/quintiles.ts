/** A customer's fifth, 5 the best. */
export type Score = 1 | 2 | 3 | 4 | 5;
/** What scores 2, 3, 4 and 5 begin at, in this order; null: nobody has this score or a better one. */
export type Breakpoints<Value> = readonly [Value | null, Value | null, Value | null, Value | null];
export type Better = 'more' | 'less';

const notWorse = <Value extends number | bigint>(value: Value, than: Value, better: Better): boolean => (better === 'more' ? value >= than : value <= than);

/**
 * By percentile rank, which is the part of all that is worse and half of what is equal: a fifth of it for each score. What is equal has one score, however many it are: where
 * there are few different values some scores are nobody's, and where all are equal everybody is in the middle.
 */
export function breakpointsOf<Value extends number | bigint>(values: readonly Value[], better: Better): Breakpoints<Value> {
  const fromWorst = values.toSorted((a, b) => (a === b ? 0 : notWorse(a, b, better) ? 1 : -1));
  const begins: (Value | null)[] = [null, null, null, null];
  for (let worse = 0; worse < fromWorst.length; ) {
    const value = fromWorst[worse]!;
    let equal = 1;
    while (fromWorst[worse + equal] === value) equal++;
    const score = 1 + Math.floor(((2 * worse + equal) * 5) / (2 * fromWorst.length));
    for (let each = 2; each <= score; each++) begins[each - 2] ??= value;
    worse += equal;
  }
  return begins as unknown as Breakpoints<Value>;
}

export const scoreOf = <Value extends number | bigint>(value: Value, breakpoints: Breakpoints<Value>, better: Better): Score =>
  (1 + breakpoints.filter((begin) => begin !== null && notWorse(value, begin, better)).length) as Score;
