import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { lastRevision, TailReader, type TailSource, type TailTarget } from './log-tail.js';

/**
 * Reads what another writer stored, from the revision after `known` to the end, trying until the log answers or nobody `wants` it any more.
 * A log that ends before `known` has lost what it acknowledged.
 */
export async function catchUp(
  source: TailSource & { readonly logger: Logger }, target: TailTarget, known: number, wanted: () => boolean,
): Promise<{ readonly last: number; readonly recordedAt: number } | 'log-is-shorter'> {
  const tail = new TailReader(source, target, known + 1, known);
  for (let attempt = 1; wanted(); attempt++)
    try {
      await tail.readToEnd();
      if (tail.last === known && (await lastRevision(source)) < known) return 'log-is-shorter';
      break;
    } catch (error) {
      source.logger.warn({ err: error, attempt }, 'the log cannot be read on; trying again');
      await pause(Math.min(50 * attempt, 1_000));
    }
  return { last: tail.last, recordedAt: tail.recordedAt };
}
