import type { EventMetadata, Recorded } from '../../../shared/events/definition.js';
import { personId } from '../../evaluation/testing/told-bank.js';

const CNY = (amount: string) => ({ amount, currency: 'CNY' });
export const segmentId = (n: number): string => `0198a7c2-0000-7000-8000-0000000000d${n}`;

const movements = (more: object) => ({ fn: 'count', over: 'movement', key: 'customer', window: 'P5D', ...more });
/** By their number: 0 rests on behaviour, 1 on the record, 2 is uploaded, 3 refers to 0 and 2, 4 to 1. */
export const DEFINITIONS = [
  { kind: 'dynamic', name: 'Busy', tree: { agg: movements({}), operator: '>=', value: 2 } },
  { kind: 'dynamic', name: 'Well off', tree: { attr: 'customer.income', operator: '>', value: CNY('200000.00') } },
  { kind: 'list', name: 'Guests' },
  { kind: 'dynamic', name: 'Busy guests', tree: { combinator: 'and', rules: [{ list: segmentId(0), operator: 'in' }, { list: segmentId(2), operator: 'in' }] } },
  { kind: 'dynamic', name: 'The others', tree: { combinator: 'and', rules: [{ list: segmentId(1), operator: 'notIn' }, { attr: 'accounts.open', operator: '>', value: 0 }] } },
] as const;

/** The events of `log` with others between them, numbered anew. `more`: what stands before the event of that place. */
export function withBetween(log: readonly Recorded[], more: (place: number) => readonly { readonly type: string; readonly data: object }[]): Recorded[] {
  const told: Recorded[] = [];
  const put = (event: Recorded['event'], metadata: EventMetadata, stream: string): void => {
    const position = BigInt(told.length);
    told.push({ id: `0198a7c2-0000-7000-8009-${String(told.length).padStart(12, '0')}`, stream, revision: position, position, event, metadata });
  };
  for (const [place, { event, metadata, stream }] of log.entries()) {
    for (const one of more(place)) put(one, metadata, 'segment-x');
    put(event, metadata, stream);
  }
  for (const one of more(log.length)) put(one, log.at(-1)!.metadata, 'segment-x');
  return told;
}

export const published = (n: number, version = 1, definition: object = DEFINITIONS[n]!) => ({ type: 'SegmentPublished', data: { segmentId: segmentId(n), version, definition, hash: '0'.repeat(64) } });
export const withdrawn = (n: number, version = 1) => ({ type: 'SegmentWithdrawn', data: { segmentId: segmentId(n), version, reason: 'x' } });
export const listed = (n: number, ...people: readonly number[]) => ({ type: 'CustomersListed', data: { segmentId: segmentId(n), customers: people.map(personId) } });
export const unlisted = (n: number, ...people: readonly number[]) => ({ type: 'CustomersUnlisted', data: { segmentId: segmentId(n), customers: people.map(personId) } });
export const consents = (who: number, profiling: boolean) =>
  ({ type: 'CustomerUpdated', data: { customerId: personId(who), fields: ['consents'], update: { changes: [{ field: 'consents', before: null, after: { profiling } }] } } });
export const restriction = (who: number, type: 'CustomerRestricted' | 'CustomerRestrictionLifted') => ({ type, data: { customerId: personId(who) } });
