import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export const newKey = (): Buffer => randomBytes(KEY_BYTES);

/** A key under another key: iv, ciphertext and tag in one. `binding` names what the key is and whose, so that a row moved elsewhere does not open. */
export function wrap(key: Buffer, under: Buffer, binding: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', under, iv);
  cipher.setAAD(Buffer.from(binding));
  return Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the bytes, the wrapping key or the binding are not those of `wrap`. */
export function unwrap(wrapped: Buffer, under: Buffer, binding: string): Buffer {
  if (wrapped.length !== IV_BYTES + KEY_BYTES + TAG_BYTES) throw new Error(`a wrapped key of ${wrapped.length} bytes`);
  const decipher = createDecipheriv('aes-256-gcm', under, wrapped.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(binding));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(wrapped.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** Tells whether two holders mean the same key, without telling the key. */
export const fingerprintOf = (key: Buffer): Buffer => createHmac('sha256', key).update('passbook root key').digest();
