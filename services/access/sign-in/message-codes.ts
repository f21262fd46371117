import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Sends a code to the phone or mailbox that the bank has of somebody; false where it has none. */
export type SendCode = (message: { readonly holderId: string; readonly code: string; readonly at: Date }) => Promise<boolean>;

export const newMessageCode = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** `secret`: `vault.secret('sign-in')`. `about`: what the code is for, so that one does not serve another. */
export const hashOfMessageCode = (secret: Buffer, about: string, code: string): string => createHmac('sha256', secret).update(JSON.stringify(['message', about, code])).digest('hex');

export const sameHash = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));

/** For demonstrations: every message is a line of `codes.jsonl` in this folder, which only its owner can read. */
export function outboxFolder(folder: string): SendCode {
  return async ({ holderId, code, at }) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(join(folder, 'codes.jsonl'), `${JSON.stringify({ at: at.toISOString(), to: holderId, code })}\n`, { mode: 0o600 });
    return true;
  };
}
