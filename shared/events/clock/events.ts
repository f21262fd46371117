import { defineEvent, type EventOf } from '../definition.js';
import { timeSchema } from '../values.js';

/** The one stream. */
export const CLOCK_STREAM = 'clock-bank';

/** By the bank's clock it was this time. Rising; what only time brings about is decided by it, and never by the clock of whoever reads. */
export const ClockTicked = defineEvent({ module: 'clock', type: 'ClockTicked', shape: { at: timeSchema } });

export const clockEvents = [ClockTicked] as const;
export type ClockEvent = EventOf<(typeof clockEvents)[number]>;
