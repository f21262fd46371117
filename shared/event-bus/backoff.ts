/** Exponential with jitter: half of it sure, half of it chance, so that those who failed together do not come back together. */
export const backoffMs = (failures: number, firstMs: number, mostMs: number): number => {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 20));
  return full / 2 + (Math.random() * full) / 2;
};
