import { fault, type Walk } from './check-walk.js';

/** Whether a list exists and does not depend on the rule itself; else the error is told. */
export function checkList(walk: Walk, at: string, id: string): boolean {
  const { lists, self } = walk.context;
  if (id !== self && lists(id) === null) return fault(walk, at, 'list_unknown', `there is no list or segment "${id}"`) ?? false;
  walk.lists.add(id);
  if (self === null) return true;
  const seen = new Set([id]);
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === self) return fault(walk, at, 'list_cycle', `"${id}" depends on "${self}" itself`) ?? false;
    for (const further of lists(next) ?? []) {
      if (seen.has(further)) continue;
      seen.add(further);
      open.push(further);
    }
  }
  return true;
}
