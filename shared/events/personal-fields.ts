import type { Path } from './personal.js';

type Node = Record<string, unknown>;

/**
 * Calls `leaf` for every value that is there at the path, with the object it stands in. Data that is not shaped as the path says has no such
 * values: whether it is well formed is the schema's business. On the ledger's hot path: allocates nothing.
 */
export function visitPersonal(data: unknown, path: Path, leaf: (value: unknown, parent: Node) => void, at = 0): void {
  let node = data;
  for (; at < path.length - 1; at++) {
    if (typeof node !== 'object' || node === null) return;
    if (path[at] === '*') {
      if (Array.isArray(node)) for (const child of node) visitPersonal(child, path, leaf, at + 1);
      return;
    }
    node = (node as Node)[path[at]!];
  }
  if (typeof node !== 'object' || node === null) return;
  const value = (node as Node)[path[at]!];
  if (value !== undefined) leaf(value, node as Node);
}

/** The data with every value at the path swapped; what lies on the way to one is copied, the rest is shared with the original. */
export function swapPersonal(data: unknown, path: Path, swap: (value: unknown, parent: Node, pointer: string) => unknown): unknown {
  let some = false;
  visitPersonal(data, path, () => (some = true));
  return some ? swapped(data, path, 0, '', swap) : data;
}

function swapped(data: unknown, path: Path, at: number, pointer: string, swap: (value: unknown, parent: Node, pointer: string) => unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const step = path[at]!;
  if (step === '*') return Array.isArray(data) ? data.map((child, index) => swapped(child, path, at + 1, `${pointer}/${index}`, swap)) : data;
  const value = (data as Node)[step];
  if (value === undefined) return data;
  const here = `${pointer}/${step}`;
  return { ...data, [step]: at === path.length - 1 ? swap(value, data as Node, here) : swapped(value, path, at + 1, here, swap) };
}
