/** How large a rule may be. Every limit has a code in `errors.ts`. */
export const LIMITS = {
  /** Nodes on the way from the root to a leaf, those of a `where` included. */
  depth: 8,
  /** Nodes in all, those of every `where` included. */
  nodes: 200,
  /** JSON values in all, and JSON values within each other: more is not looked at. */
  json: 20_000,
  nesting: 32,
  /** Members of one group. */
  children: 50,
  /** Values of one `in`, `notIn` or `containsAny`. */
  values: 1000,
  /** Characters of a text that is compared. */
  text: 200,
  /** Characters of the name of an attribute, a field, a kind of fact, a key or a list. */
  name: 100,
  /** Days a window and an offset may reach back, each. */
  windowDays: 1100,
  /** Days of `olderThan` and `youngerThan`. */
  ageDays: 60_000,
  /** The largest factor of a reference. */
  factor: 1_000_000,
  /** The largest number compared, and the most decimals of it. */
  number: 1_000_000_000_000,
  decimals: 6,
} as const;
