import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maskEmail, maskPhone } from '../../../shared/access/masks.js';

export type Address = { readonly phone: string } | { readonly email: string };

/** Sends a code to the phone or mailbox that the bank has of somebody, or to the one named because it is new; false where there is none. */
export type SendCode = (message: { readonly holderId: string; readonly code: string; readonly at: Date; readonly address?: Address }) => Promise<boolean>;

/** Lets somebody know what happens to their record, at an address that they may not have for much longer. */
export type SendNotice = (message: { readonly holderId: string; readonly notice: 'contact-change-asked' | 'contact-changed'; readonly at: Date; readonly address: Address }) => Promise<void>;

export const newMessageCode = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** `secret`: `vault.secret('sign-in')`. `about`: what the code is for, so that one does not serve another. */
export const hashOfMessageCode = (secret: Buffer, about: string, code: string): string => createHmac('sha256', secret).update(JSON.stringify(['message', about, code])).digest('hex');

export const sameHash = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));

/** For demonstrations: every message is a line of `codes.jsonl` or `notices.jsonl` in this folder, which only its owner can read; addresses are masked. */
export function outboxFolder(folder: string): { readonly sendCode: SendCode; readonly sendNotice: SendNotice } {
  async function write(file: string, line: object): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(join(folder, file), `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }
  return {
    async sendCode({ holderId, code, at, address }) {
      await write('codes.jsonl', { at: at.toISOString(), to: holderId, ...(address && { address: masked(address) }), code });
      return true;
    },
    sendNotice: async ({ holderId, notice, at, address }) => write('notices.jsonl', { at: at.toISOString(), to: holderId, address: masked(address), notice }),
  };
}

const masked = (address: Address): string => ('phone' in address ? maskPhone(address.phone) : maskEmail(address.email));
