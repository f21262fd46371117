import { randomUUID } from 'node:crypto';
import { ATTEMPT_LIMITS, closedUntil, LONGEST_WINDOW_MS, type AttemptSubject } from '../attempt-limits.js';
import type { Attempts } from '../attempts.js';

/** For tests without I/O. */
export function memoryAttempts(): Attempts {
  let rows: { readonly id: string; readonly subject: string; readonly at: number }[] = [];
  const keyOf = ({ kind, name }: AttemptSubject): string => JSON.stringify([kind, name]);
  return {
    async begin(subjects, at) {
      const times = subjects.map((subject) => rows.filter((row) => row.subject === keyOf(subject) && row.at > at.getTime() - LONGEST_WINDOW_MS).map((row) => row.at).sort((a, b) => a - b));
      const until = Math.max(...subjects.map(({ kind }, index) => closedUntil(ATTEMPT_LIMITS[kind], times[index]!, at.getTime()) ?? 0));
      if (until > 0) return { allowed: false, until: new Date(until) };
      const id = randomUUID();
      rows.push(...subjects.map((subject) => ({ id, subject: keyOf(subject), at: at.getTime() })));
      return { allowed: true, id, failures: times.map(({ length }) => length + 1) };
    },
    async succeeded(id, forgotten) {
      const keys = forgotten.map(keyOf);
      rows = rows.filter((row) => row.id !== id && !keys.includes(row.subject));
    },
    async sweep(at) {
      rows = rows.filter((row) => row.at > at.getTime() - LONGEST_WINDOW_MS);
    },
  };
}
