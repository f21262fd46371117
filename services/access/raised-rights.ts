import { atMost, DATA_CLASSES } from '../../shared/access/data-classes.js';
import { joined, type Permit, type Rights } from '../../shared/access/rights.js';
import type { ClientText } from './commands.js';
import { clientRightsOf } from './held-rights.js';
import { permitsOf, viewsOf } from './permits.js';
import type { AccessState } from './state.js';
import { subtreeOf } from './tree.js';

/** Whether `after` allows anything, or shows anything, that `before` did not. */
export function raises(before: Rights | undefined, after: Rights | undefined): boolean {
  if (!after) return false;
  if (!before) return after.permits.size > 0 || DATA_CLASSES.some((name) => after.views[name] !== 'hidden');
  if (DATA_CLASSES.some((name) => atMost(after.views[name], before.views[name]) !== after.views[name])) return true;
  return [...after.permits].some(([permission, permits]) => permits.some((permit) => !(before.permits.get(permission) ?? []).some((held) => covers(held, permit, before))));
}

/** One permit that allows all that the other does. Several that only do so together are taken not to: the careful answer. */
const covers = (held: Permit, asked: Permit, of: Rights): boolean => reachesAs(held, asked) && isUpTo(held.limits, asked.limits) && isForAll(held, asked, of);

function reachesAs(held: Permit, asked: Permit): boolean {
  if (held.scope === 'all') return true;
  if (held.scope !== asked.scope) return false;
  return held.scope !== 'branch' || [...(asked.branches ?? [])].every((branch) => held.branches?.has(branch));
}

function isUpTo(held: Permit['limits'], asked: Permit['limits']): boolean {
  if (!held) return true;
  return asked !== undefined && [...asked].every(([currency, most]) => most <= (held.get(currency) ?? -1n));
}

/** To decide on commands that are named is more than to decide on what one may send, but for whoever may send them so far and up to that. */
function isForAll({ commands: held }: Permit, { commands, ...asked }: Permit, of: Rights): boolean {
  if (commands === undefined) return held === undefined;
  return [...commands].every((command) => (held ? held.has(command) : (of.permits.get(command) ?? []).some((own) => reachesAs(own, asked) && isUpTo(own.limits, asked.limits))));
}

/** Whether a client can do or see what `within` does not allow: its key would lend that to whoever holds it. */
export const isKeyBeyond = (state: AccessState, clientId: string, within: Rights): boolean => raises(within, clientRightsOf(state, clientId));

/** Whether such a client could do or see what neither it can now nor whoever asks: its key would lend that to whoever holds it. */
export function isBeyond(state: AccessState, clientId: string | undefined, { permits, branch, views }: ClientText, within: Rights): boolean {
  const after = joined(clientId ?? 'client', [{ permits: permitsOf(permits, subtreeOf(state.branches, branch)), views: viewsOf(views) }]);
  return raises(within, after) && raises(clientId === undefined ? undefined : clientRightsOf(state, clientId), after);
}
