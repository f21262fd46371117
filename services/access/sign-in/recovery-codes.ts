import { createHmac, randomInt } from 'node:crypto';
import type { Credentials } from './credentials.js';

const CODES = 10;
/** Without letters and digits that are mistaken for each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 3;
const GROUP_LENGTH = 4;

/** Shown once, 59 random bits each: "k7mq-x2ab-9fpt". */
export function newRecoveryCodes(): string[] {
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: CODES }, () => Array.from({ length: GROUPS }, group).join('-'));
}

/** However it was typed. `secret`: `vault.secret('sign-in')`. */
export const hashOfRecoveryCode = (secret: Buffer, code: string): string =>
  createHmac('sha256', secret).update(JSON.stringify(['recovery', code.toLowerCase().replace(/[\s-]/g, '')])).digest('hex');

/** Accepts a code once; tells how many are left, or undefined. */
export async function acceptRecoveryCode(credentials: Credentials, secret: Buffer, credentialId: string, code: string): Promise<number | undefined> {
  const [credential] = await credentials.read([credentialId]);
  if (credential?.content.kind !== 'recovery-codes') return undefined;
  const hash = hashOfRecoveryCode(secret, code);
  const unused = credential.content.unused.filter((one) => one !== hash);
  if (unused.length === credential.content.unused.length) return undefined;
  return (await credentials.replace(credentialId, credential.version, { kind: 'recovery-codes', unused })) ? unused.length : undefined;
}
