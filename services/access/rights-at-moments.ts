import type { Rights } from '../../shared/access/rights.js';
import { rightsOf } from './held-rights.js';
import type { AccessState, Staff } from './state.js';

interface Kept {
  readonly rights: Rights | undefined;
  /** Milliseconds: inclusive, exclusive. Between them nothing of theirs begins or ends. */
  readonly from: number;
  readonly until: number;
}

const kept = new WeakMap<AccessState, Map<string, Kept>>();

/** `rightsOf`, made once for as long as neither the state nor any time in it passes: every request asks. */
export function keptRightsOf(state: AccessState, staffId: string, at: Date): Rights | undefined {
  let ofState = kept.get(state);
  if (!ofState) kept.set(state, (ofState = new Map()));
  const moment = at.getTime();
  const known = ofState.get(staffId);
  if (known && known.from <= moment && moment < known.until) return known.rights;
  const staff = state.staff.get(staffId);
  if (!staff) return undefined;
  const made: Kept = { rights: rightsOf(state, staffId, at), from: moment, until: nextChange(staff, moment) };
  ofState.set(staffId, made);
  return made.rights;
}

const nextChange = ({ assignments, grants }: Staff, moment: number): number =>
  Math.min(Infinity, ...[...assignments, ...grants].flatMap(({ from, until }) => [Date.parse(from), until === null ? Infinity : Date.parse(until)]).filter((time) => time > moment));
