import type { RfmBreakpoints, ValueTier } from '../../../shared/events/marketing/rfm-events.js';
import { activityOf } from '../../evaluation/activity.js';
import { lookAtKept, type KeptCustomers, type LookOptions } from '../preview/kept-occasions.js';
import { monthsOn, rfmTurn } from './month-turns.js';
import { breakpointsFor, ratingOf, type RfmSettings } from './run.js';

/** How many have each score, 1 first. */
type Spread = [number, number, number, number, number];

export interface RfmPreview {
  /** First of the window: an ISO date of the bank's calendar. */
  readonly from: string;
  /** Who would be scored. */
  readonly customers: number;
  readonly looked: number;
  /** False: time was up before everybody had been looked at. */
  readonly complete: boolean;
  readonly breakpoints: RfmBreakpoints;
  readonly scores: { readonly recency: Spread; readonly frequency: Spread; readonly monetary: Spread };
  readonly tiers: Readonly<Record<ValueTier, number>>;
}

/** What a run at the turn of a month would give, by what is known now: who refused profiling since is left out, what was booked back since counts. `date`: the first of a month. */
export async function previewRun(kept: KeptCustomers, date: string, settings: RfmSettings, timeZone: string, options: Omit<LookOptions, 'factsFrom'>): Promise<RfmPreview> {
  const turn = rfmTurn(timeZone, options.startOfDay(date), date, settings.months);
  let looked = 0;
  const complete = await lookAtKept(kept, { ...options, factsFrom: turn.from }, (occasion) => {
    looked++;
    turn.take(occasion, occasion.group.flatMap(({ facts }) => activityOf(facts.get('movement') ?? [], turn.from, turn.at)));
  });
  const doings = turn.outputs().flatMap(({ customers }) => customers.flatMap(({ doing }) => doing ?? []));
  const breakpoints = breakpointsFor(doings);
  const scores = { recency: none(), frequency: none(), monetary: none() };
  const tiers = { top: 0, high: 0, middle: 0, low: 0 };
  for (const doing of doings) {
    const rating = ratingOf(doing, breakpoints, settings);
    tiers[rating.tier]++;
    for (const kind of ['recency', 'frequency', 'monetary'] as const) scores[kind][rating[kind].score - 1]!++;
  }
  return { from: monthsOn(date, -settings.months), customers: doings.length, looked, complete, breakpoints, scores, tiers };
}

const none = (): Spread => [0, 0, 0, 0, 0];
