import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { AppendResult, EventStore, ExpectedRevision, NewEvent, StoredEvent, SubscribeAll, SubscriptionItem } from './port.js';
import { StoreFailure } from './port.js';

export interface ContractOptions {
  /** Ends the server without warning and starts it again on the same data and address. Without it those parts are left out. */
  readonly restart?: () => Promise<void>;
  /** False for an adapter that has no server whose positions could be wrong. */
  readonly checksPositions?: boolean;
}

export interface Harness {
  readonly store: EventStore;
  readonly openStore: () => Promise<EventStore>;
  /** A stream name that nothing else uses. */
  name(of: string): string;
}

const run = randomUUID().slice(0, 8);
let names = 0;

/** Opens a store for one test and closes it at its end. */
export const harnessFor = async (t: Test, openStore: () => Promise<EventStore>): Promise<Harness> => {
  const store = await openStore();
  t.teardown(() => store.close());
  return { store, openStore, name: (of) => `contract${run}${of}-${names++}` };
};

export const eventOf = (n: number, id: string = randomUUID()): NewEvent => ({ id, type: `Thing${n}Happened`, data: { n }, metadata: { about: n } });
export const eventsOf = (count: number, from = 0): NewEvent[] => Array.from({ length: count }, (_, index) => eventOf(from + index));

export const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
};

export const numbersOf = (events: readonly StoredEvent[]): unknown[] => events.map((event) => (event.data as { n: unknown }).n);
export const revisionsOf = (events: readonly StoredEvent[]): number[] => events.map((event) => Number(event.revision));

/** What a promise comes to: its value, or the failure's kind with the actual revision where it has one. */
export const outcomeOf = async (promise: Promise<AppendResult | unknown>): Promise<string> => {
  try {
    const value = await promise;
    return typeof value === 'object' && value !== null && 'revision' in value ? `revision ${String(value.revision)}` : 'done';
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return error.actualRevision === undefined ? error.kind : `${error.kind} ${error.actualRevision}`;
  }
};

export const kindOf = async (promise: Promise<unknown>): Promise<string> => (await outcomeOf(promise)).split(' ')[0] as string;

/** The items of a subscription until one satisfies the condition, which is the last of them. Fails after the deadline. */
export const itemsUntil = async (
  store: EventStore,
  options: Omit<SubscribeAll, 'signal'>,
  enough: (item: SubscriptionItem, items: readonly SubscriptionItem[]) => boolean,
  deadlineMs = 20_000,
): Promise<SubscriptionItem[]> => {
  const stop = new AbortController();
  const items: SubscriptionItem[] = [];
  const timer = setTimeout(() => stop.abort(), deadlineMs);
  try {
    for await (const item of store.subscribeAll({ ...options, signal: stop.signal })) {
      items.push(item);
      if (enough(item, items)) return items;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`the subscription did not give what was awaited within ${deadlineMs} ms: ${items.map((item) => item.kind).join(' ').slice(0, 500)}`);
};

export const isCaughtUp = (item: SubscriptionItem): boolean => item.kind === 'caught-up';
export const eventsAmong = (items: readonly SubscriptionItem[]): StoredEvent[] => items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));

/** Appends one after the other, each its own append, at exact revisions. */
export const fill = async (store: EventStore, stream: string, count: number): Promise<AppendResult[]> => {
  const results: AppendResult[] = [];
  let expected: ExpectedRevision = 'no-stream';
  for (let n = 0; n < count; n++) {
    const result: AppendResult = await store.append(stream, [eventOf(n)], expected);
    expected = result.revision;
    results.push(result);
  }
  return results;
};
