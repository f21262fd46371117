import type { Reach } from '../../../shared/access/rights.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { alertItem, reachValues, WITHIN, type AlertRow } from '../queries.js';

/** Where a reader is: alerts are told in the order of this. A snooze's end tells several at one position. */
export interface Place {
  readonly told: bigint;
  readonly position: bigint;
}

const LAST = 9_223_372_036_854_775_807n;

/** After everything that is told up to a log position. */
export const after = (told: bigint): Place => ({ told, position: LAST });

/** As an event's id: the log position, and beside it the alert's own where that is another. */
export const placeText = ({ told, position }: Place): string => (told === position ? String(told) : `${told}.${position}`);

/** Undefined for what is none of ours. */
export function placeOf(text: string): Place | undefined {
  const [, told, position] = /^(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  return told === undefined ? undefined : { told: BigInt(told), position: BigInt(position ?? told) };
}

/** Within reach, in order, up to a position that the read model has whole. */
export async function alertsAfter(store: ReadStore, place: Place, upTo: bigint, reach: Reach, limit: number) {
  const rows = await store.query<AlertRow & { readonly told: string }>(
    `select a.* from risk.alerts a where (told, position) > ($5::bigint, $6::bigint) and told <= $7::bigint and ${WITHIN('a')} order by told, position limit $8`,
    [...reachValues(reach), place.told.toString(), place.position.toString(), upTo.toString(), limit],
    'risk_alerts_after',
  );
  return rows.map((row) => ({ place: { told: BigInt(row.told), position: BigInt(row.position) }, item: alertItem(row) }));
}
