import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { SubjectKey } from './vault.js';

/** Sealed JSON: AES-256-GCM, base64; `ct` ends with the 16-byte tag. */
export interface Envelope {
  readonly keyId: string;
  readonly iv: string;
  readonly ct: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a JSON value. `binding` (the event's id and the field's path) must be given again to open: an envelope moved elsewhere does not open. */
export function seal(value: unknown, { keyId, key }: SubjectKey, binding: string): Envelope {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(binding));
  const ct = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyId, iv: iv.toString('base64'), ct: ct.toString('base64') };
}

/** Opens an envelope; throws when the bytes, the key or the binding are not the ones it was sealed with. */
export function open(envelope: Envelope, key: Buffer, binding: string): unknown {
  const bytes = Buffer.from(envelope.ct, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(envelope.iv, 'base64'), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(binding));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

const ivs = Buffer.alloc(512 * IV_BYTES);
let used = ivs.length;

/** Random and never given twice; drawn many at a time, because a draw of its own would cost a quarter of a sealing. */
function nextIv(): Buffer {
  if (used === ivs.length) {
    randomFillSync(ivs);
    used = 0;
  }
  return ivs.subarray(used, (used += IV_BYTES));
}
