import type { RuleError } from './errors.js';
import { LIMITS } from './limits.js';

interface Found {
  readonly value: unknown;
  readonly name: string;
  readonly within: Found | null;
  readonly depth: number;
}

/** The error of a tree that is too large to be looked at, else null. It does not recurse, whatever it is given. */
export function sizeError(tree: unknown): RuleError | null {
  const open: Found[] = [{ value: tree, name: '', within: null, depth: 1 }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    seen += 1;
    if (seen + open.length > LIMITS.json) return { node: '', code: 'too_large', detail: `more than ${LIMITS.json} JSON values` };
    if (next.depth > LIMITS.nesting) return { node: pointerOf(next), code: 'too_large', detail: `JSON values more than ${LIMITS.nesting} deep` };
    if (typeof next.value !== 'object' || next.value === null) continue;
    const members = Array.isArray(next.value) ? next.value.length : Object.keys(next.value).length;
    if (seen + open.length + members > LIMITS.json) return { node: pointerOf(next), code: 'too_large', detail: `more than ${LIMITS.json} JSON values` };
    for (const [name, value] of Object.entries(next.value)) open.push({ value, name, within: next, depth: next.depth + 1 });
  }
  return null;
}

const pointerOf = ({ name, within }: Found): string => (within === null ? '' : pointer(pointerOf(within), name));

/** The JSON pointer of a member. */
export const pointer = (to: string, ...members: readonly (string | number)[]): string =>
  [to, ...members.map((member) => `/${String(member).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, LIMITS.text)}`)].join('');
