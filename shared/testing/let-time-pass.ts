import { setTimeout as pause } from 'node:timers/promises';

/**
 * For the rare test in which time itself is the condition: a lock held beyond a deadline, a stretch in which nothing may change.
 * `why` says what must have run out; to wait until something has happened there is `eventually`.
 */
export const letTimePass = async (ms: number, why: string): Promise<void> => {
  if (why.trim() === '') throw new Error('say why time must pass');
  await pause(ms);
};
