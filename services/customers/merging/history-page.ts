import { z } from 'zod';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Recorded } from '../../../shared/events/definition.js';
import type { Records } from '../../../shared/records/record.js';
import { customerRecord } from '../state.js';

/** Where a page begins: the survivor's own next revision, and the log position of the last event shown. */
export const historyPlaceSchema = z.tuple([z.string().regex(/^(-1|\d{1,18})$/), z.string().regex(/^\d{1,19}$/)]);
export type HistoryPlace = z.output<typeof historyPlaceSchema>;

export interface HistoryPage {
  readonly events: readonly Recorded<CustomerEvent>[];
  readonly next?: HistoryPlace;
}

/**
 * The events of all records of a person, in the order of the log. `ids`: the survivor's first. Records that were merged stand still and are read whole;
 * the survivor's own stream is read a page at a time. Undefined where nothing is in the survivor's stream.
 */
export async function historyPage(records: Records, ids: readonly string[], { order, limit, place }: { order: 'asc' | 'desc'; limit: number; place: HistoryPlace | undefined }): Promise<HistoryPage | undefined> {
  const direction = order === 'asc' ? 'forwards' : 'backwards';
  const [own, ...others] = await Promise.all(ids.map(async (id, index) => {
    if (index > 0) return records.history(customerRecord, id, { direction, limit: Number.MAX_SAFE_INTEGER });
    if (place?.[0] === '-1') return [];
    return records.history(customerRecord, id, { direction, limit: limit + 1, ...(place && { from: BigInt(place[0]) }) });
  }));
  if (!own && !place) return undefined;
  const isLeft = ({ position }: Recorded): boolean => !place || (order === 'asc' ? position > BigInt(place[1]) : position < BigInt(place[1]));
  const left = [...(own ?? []), ...others.flatMap((events) => (events ?? []).filter(isLeft))].sort((a, b) => (a.position < b.position ? -1 : 1) * (order === 'asc' ? 1 : -1));
  const events = left.slice(0, limit);
  const last = events.at(-1);
  if (left.length <= limit || !last) return { events };
  const mine = left.slice(limit).find(({ event }) => event.data.customerId === ids[0]);
  const shown = events.findLast(({ event }) => event.data.customerId === ids[0]);
  const from = mine?.revision ?? (order === 'desc' ? -1n : shown ? shown.revision + 1n : BigInt(place?.[0] ?? 0));
  return { events, next: [from.toString(), last.position.toString()] };
}
