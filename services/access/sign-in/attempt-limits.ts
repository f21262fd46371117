/** What attempts are counted by. Kept only as keyed hashes. */
export interface AttemptSubject {
  readonly kind: 'account' | 'factor' | 'source';
  readonly name: string;
}

export interface AttemptLimit {
  readonly windowMs: number;
  /** So many failures within the window close the door until the oldest of them has left it. */
  readonly most: number;
  /** From so many failures on each waits twice as long as the one before, beginning with one second. */
  readonly backOffFrom: number;
}

const MINUTE_MS = 60_000;

/**
 * account: of one name, whether there is such a person or not. factor: of one person's second factors, where 5 guesses of a six-digit code in 15 minutes,
 * with three codes valid at a time, come to a chance of 1 in 700 a day for whoever has the password already. source: of one address (IPv6: /64), generous
 * because a branch's staff may share one.
 */
export const ATTEMPT_LIMITS: Readonly<Record<AttemptSubject['kind'], AttemptLimit>> = {
  account: { windowMs: 15 * MINUTE_MS, most: 10, backOffFrom: 3 },
  factor: { windowMs: 15 * MINUTE_MS, most: 5, backOffFrom: 3 },
  source: { windowMs: 15 * MINUTE_MS, most: 100, backOffFrom: Number.POSITIVE_INFINITY },
};

export const LONGEST_WINDOW_MS = 15 * MINUTE_MS;

/** Until when another attempt is refused; undefined: it may be made now. `failures`: times in ms, oldest first. */
export function closedUntil({ windowMs, most, backOffFrom }: AttemptLimit, failures: readonly number[], now: number): number | undefined {
  const recent = failures.filter((time) => time > now - windowMs);
  const last = recent.at(-1);
  if (last === undefined) return undefined;
  const until = recent.length >= most ? recent.at(-most)! + windowMs : recent.length >= backOffFrom ? last + 1_000 * 2 ** (recent.length - backOffFrom) : now;
  return until > now ? until : undefined;
}
