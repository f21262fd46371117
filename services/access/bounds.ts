/** How many there may be of everything, so that whoever administers cannot fill the memory of every process. */
export const BOUNDS = {
  branches: 10_000, branchDepth: 10, roles: 500, staff: 100_000, clients: 1_000, approvalRules: 500, assignmentsOfOne: 50, grantsOfOne: 20, actAsOfOne: 5, keysOfOne: 5,
} as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far ahead things can begin, and how long they can last, in milliseconds. */
export const LONGEST = { untilStartMs: 366 * DAY_MS, assignmentMs: 3_660 * DAY_MS, grantMs: 92 * DAY_MS, actAsMs: 8 * HOUR_MS, keyAllowedMs: DAY_MS } as const;
