import { setTimeout as pause } from 'node:timers/promises';
import { isStillRunning, processIdentity } from './process-identity.js';

/** Signals in the order they are tried, each with the time the process has to go before the next. */
export type Ladder = readonly (readonly [signal: NodeJS.Signals, waitMs: number])[];

/**
 * Ends exactly this process: a later one that got the same pid is never touched.
 * @returns the signal that did it, or undefined when it was gone already
 * @throws Error when it outlives the whole ladder
 */
export const endProcess = async (pid: number, ladder: Ladder): Promise<NodeJS.Signals | undefined> => {
  const identity = processIdentity(pid);
  if (identity === undefined) return undefined;
  for (const [signal, waitMs] of ladder) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return signal;
      throw error;
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isStillRunning(identity)) return signal;
      await pause(20);
    }
  }
  throw new Error(`process ${pid} did not end after ${ladder.map(([signal]) => signal).join(', ')}`);
};
