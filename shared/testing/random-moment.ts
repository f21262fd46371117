import { setTimeout as pause } from 'node:timers/promises';

/**
 * Lets a random part of `upToMs` milliseconds pass, so that a fault strikes at another moment each time; the part taken.
 * Not for waiting until something has happened: that is `eventually`.
 */
export const randomMoment = async (upToMs: number, random: () => number = Math.random): Promise<number> => {
  const momentMs = Math.floor(random() * upToMs);
  await pause(momentMs);
  return momentMs;
};
