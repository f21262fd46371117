import type { Recorded } from '../../shared/events/definition.js';
import type { SegmentEvent, SegmentListEvent } from '../../shared/events/marketing/segment-events.js';
import type { Occasion } from '../evaluation/program.js';

/** Under what a customer remembers to have been listed. */
const listedAs = (segmentId: string): string => `listed/${segmentId}`;

export const isListed = (segmentId: string, { group }: Pick<Occasion, 'group'>): boolean => {
  const entries = group.map(({ memory }) => memory.get(listedAs(segmentId)));
  // What was said of the record that stays comes before what was said of one merged into it.
  return (entries.find((entry) => entry !== undefined)?.since ?? null) !== null;
};

/** The change of an uploaded list that is being taken in: each customer it names remembers it when looked at. */
export class Listing {
  #now: { readonly eventId: string; readonly segmentId: string; readonly listed: boolean; readonly customers: ReadonlySet<string> } | undefined;

  take({ id, event }: Recorded): void {
    const { type, data } = event as SegmentEvent | SegmentListEvent;
    if (type !== 'CustomersListed' && type !== 'CustomersUnlisted') return;
    this.#now = { eventId: id, segmentId: data.segmentId, listed: type === 'CustomersListed', customers: new Set(data.customers) };
  }

  note(occasion: Occasion): void {
    if (!this.#now || occasion.cause.kind !== 'event' || occasion.cause.id !== this.#now.eventId) return;
    const { segmentId, listed, customers } = this.#now;
    if (occasion.group.some(({ id }) => customers.has(id))) occasion.remember(listedAs(segmentId), { since: listed ? occasion.now : null, due: null });
  }
}
