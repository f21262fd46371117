import type { SegmentListEvent } from '../../../shared/events/marketing/segment-events.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';
import type { ListCode } from '../rejections.js';

/** Customers of one list. */
export const MOST_LISTED = 100_000;

/** Stream "segmentlist-<segment's id>": who was uploaded. */
export const listRecord = defineRecord<ReadonlySet<string>, SegmentListEvent>({
  name: 'segmentlist',
  initial: new Set(),
  evolve(state, event) {
    switch (event.type) {
      case 'CustomersListed':
        return new Set([...state, ...event.data.customers]);
      case 'CustomersUnlisted':
        return without(state, new Set(event.data.customers));
      default:
        return unreachable(event);
    }
  },
});

const without = (all: ReadonlySet<string>, some: ReadonlySet<string>): ReadonlySet<string> => new Set([...all].filter((id) => !some.has(id)));

export interface ListChange {
  readonly segmentId: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Who is on the list already, or is not, is left out. One who is both added and removed is added. */
export function decideList(state: ReadonlySet<string>, { segmentId, add, remove }: ListChange): Decision<SegmentListEvent, ListCode> {
  const coming = [...new Set(add)].filter((id) => !state.has(id));
  const going = [...new Set(remove)].filter((id) => state.has(id) && !add.includes(id));
  if (state.size + coming.length - going.length > MOST_LISTED) return reject('segment_list_full', `${MOST_LISTED} at most`);
  const events: SegmentListEvent[] = [
    ...(going.length > 0 ? [{ type: 'CustomersUnlisted', data: { segmentId, customers: going } } as const] : []),
    ...(coming.length > 0 ? [{ type: 'CustomersListed', data: { segmentId, customers: coming } } as const] : []),
  ];
  const [first, ...rest] = events;
  return first ? accept(first, ...rest) : nothing;
}
