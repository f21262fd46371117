import type { ReadStore } from '../../../shared/read-store/projection.js';
import type { AlertNews } from './alert-news.js';
import { alertsAfter, type Place } from './alerts-after.js';

export type PlacedAlert = Awaited<ReturnType<typeof alertsAfter>>[number];

const PAGE = 100;
const WAIT_MS = 15_000;
const ALL = { everything: true, branches: [] } as const;

/** Everybody's alerts from a place on, in order, as they come; until the signal, or until the news are over. */
export async function* alertsFrom({ store, news }: { readonly store: ReadStore; readonly news: AlertNews }, begin: Place, signal: AbortSignal): AsyncGenerator<PlacedAlert, void, undefined> {
  let place = begin;
  let upTo = place.told - 1n;
  while (!signal.aborted && !news.isOver) {
    const reached = await news.beyond(upTo, WAIT_MS, signal);
    if (reached === upTo) continue;
    for (let full = true; full && !signal.aborted;) {
      const alerts = await alertsAfter(store, place, reached, ALL, PAGE);
      yield* alerts;
      place = alerts.at(-1)?.place ?? place;
      full = alerts.length === PAGE;
    }
    upTo = reached;
  }
}
