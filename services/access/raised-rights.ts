import { atMost, DATA_CLASSES } from '../../shared/access/data-classes.js';
import type { Permit, Rights } from '../../shared/access/rights.js';

/** Whether `after` allows anything, or shows anything, that `before` did not. */
export function raises(before: Rights | undefined, after: Rights | undefined): boolean {
  if (!after) return false;
  if (!before) return after.permits.size > 0 || DATA_CLASSES.some((name) => after.views[name] !== 'hidden');
  if (DATA_CLASSES.some((name) => atMost(after.views[name], before.views[name]) !== after.views[name])) return true;
  return [...after.permits].some(([permission, permits]) => permits.some((permit) => !(before.permits.get(permission) ?? []).some((held) => covers(held, permit))));
}

/** One permit that allows all that the other does. Several that only do so together are taken not to: the careful answer. */
const covers = (held: Permit, asked: Permit): boolean => reachesAs(held, asked) && isUpTo(held.limits, asked.limits);

function reachesAs(held: Permit, asked: Permit): boolean {
  if (held.scope === 'all') return true;
  if (held.scope !== asked.scope) return false;
  return held.scope !== 'branch' || [...(asked.branches ?? [])].every((branch) => held.branches?.has(branch));
}

function isUpTo(held: Permit['limits'], asked: Permit['limits']): boolean {
  if (!held) return true;
  return asked !== undefined && [...asked].every(([currency, most]) => most <= (held.get(currency) ?? -1n));
}
