/** The lists and segments that a tree names, each once, in order; of whatever is no tree none. */
export const namedLists = (tree: unknown): string[] => [...new Set(listsIn(tree))].sort();

function listsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { list, rules } = node as { list?: unknown; rules?: unknown };
  return [...(typeof list === 'string' ? [list] : []), ...(Array.isArray(rules) ? rules.flatMap(listsIn) : [])];
}
