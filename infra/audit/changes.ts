/** One leaf that differs between two records; null stands for "absent". */
export interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every leaf that differs, by path ("addresses/0/line"), in the order of the newer record. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isBranch(before) && !isBranch(after)) return [{ field: path, before: before ?? null, after: after ?? null }];
  const old = isBranch(before) ? before : {};
  const young = isBranch(after) ? after : {};
  const keys = [...new Set([...Object.keys(young), ...Object.keys(old)])];
  return keys.flatMap((key) => changesBetween((old as Record<string, unknown>)[key], (young as Record<string, unknown>)[key], path ? `${path}/${key}` : key));
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;
