export { HEAD_OFFICE } from '../../shared/access/rights.js';
import type { AccessState } from './state.js';

type Branches = AccessState['branches'];

const subtrees = new WeakMap<Branches, Map<string, ReadonlySet<string>>>();

/** The branch and all below it, closed ones too: their customers remain. Made once for each state of the tree. */
export function subtreeOf(branches: Branches, branch: string): ReadonlySet<string> {
  let known = subtrees.get(branches);
  if (!known) subtrees.set(branches, (known = new Map()));
  let subtree = known.get(branch);
  if (!subtree) known.set(branch, (subtree = new Set(branchesBelow(branches, branch))));
  return subtree;
}

function* branchesBelow(branches: Branches, top: string): Generator<string> {
  const children = new Map<string, string[]>();
  for (const [code, { parent }] of branches) if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), code]);
  const waiting = [top];
  for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
    yield code;
    waiting.push(...(children.get(code) ?? []));
  }
}

/** How far below the head office: 0 for itself. */
export function depthOf(branches: Branches, branch: string): number {
  let depth = 0;
  for (let parent = branches.get(branch)?.parent ?? null; parent !== null; parent = branches.get(parent)?.parent ?? null) depth++;
  return depth;
}

/** How many levels there are below the branch. */
export const heightOf = (branches: Branches, branch: string): number =>
  Math.max(...[...subtreeOf(branches, branch)].map((code) => depthOf(branches, code))) - depthOf(branches, branch);
