import { bookedAt } from '../../shared/events/ledger/booked-at.js';
import { firstMomentOf } from '../../shared/kernel/calendar.js';
import type { EvaluatorOptions } from './evaluator.js';

/** What the evaluator asks of the bank's calendar, in milliseconds since 1970. */
export type BankTimes = Pick<EvaluatorOptions<unknown>, 'bookedAt' | 'startOfDay'>;

export const bankTimes = (timeZone: string): BankTimes => ({
  bookedAt: ({ metadata }) => bookedAt(metadata, timeZone).getTime(),
  startOfDay: (date) => firstMomentOf(timeZone, date).getTime(),
});
