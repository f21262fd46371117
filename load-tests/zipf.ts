const tables = new Map<number, Float64Array>();

/** Ranks from 0 to count - 1, the k-th as often as 1 in k: exponent 1.0. */
export function zipfRanks(count: number, random: () => number): () => number {
  const sums = tables.get(count) ?? cumulated(count);
  tables.set(count, sums);
  const total = sums[count - 1]!;
  return () => {
    const wanted = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function cumulated(count: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 1);
  return sums;
}
