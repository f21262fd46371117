import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Default 10 seconds. */
  readonly deadlineMs?: number;
  /** Pause between attempts, default 20 milliseconds. */
  readonly everyMs?: number;
}

/**
 * Waits for a condition instead of sleeping: repeats `attempt` until it gives anything but false, null or undefined, and returns that.
 * An attempt that throws (a failed assertion, a refused connection) is repeated too; the last error is the cause when the deadline passes.
 */
export const eventually = async <T>(
  attempt: () => T | Promise<T>,
  { deadlineMs = 10_000, everyMs = 20 }: EventuallyOptions = {},
): Promise<Exclude<T, false | null | undefined | void>> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await attempt();
      if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined | void>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const reason = last instanceof Error ? last.message : `it was still ${String(last)}`;
      throw new Error(`not within ${deadlineMs} ms: ${reason}`, { cause: last });
    }
    await pause(everyMs);
  }
};
