import { createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

/**
 * What only several people can open together. The bank has a public key and can seal; the private key was cut in two shares when it was made, and stands
 * nowhere whole. The construction is that of HPKE's base mode (RFC 9180) from node:crypto's parts: a fresh X25519 key for each sealing, HKDF-SHA-256 over
 * the shared secret with both public keys in the info, AES-256-GCM. It is not HPKE's wire format.
 */
export interface EscrowKey {
  /** First 16 hex digits of the public key's SHA-256. */
  readonly keyId: string;
  /** 32 bytes, base64url. */
  readonly publicKey: string;
}

/** A sealed text as JSON. `sealedFor` names what it is and is bound to it. */
export interface EscrowSealed {
  readonly format: 'passbook-escrow-1';
  readonly keyId: string;
  readonly sealedFor: string;
  readonly ephemeralKey: string;
  readonly iv: string;
  readonly ct: string;
}

export class EscrowFault extends Error {
  override readonly name = 'EscrowFault';
}

const FORMAT = 'passbook-escrow-1';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** Makes the key and cuts it in two: neither share alone says anything about it. Nothing keeps the whole. */
export function makeEscrowKey(): { readonly key: EscrowKey; readonly shares: readonly [string, string] } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = rawPublic(publicKey);
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_BYTES);
  const first = randomBytes(KEY_BYTES);
  const keyId = keyIdOf(raw);
  const shares = [shareText(keyId, 1, first), shareText(keyId, 2, xor(secret, first))] as const;
  secret.fill(0);
  return { key: { keyId, publicKey: raw.toString('base64url') }, shares };
}

/** The text of the public key's file: `passbook-escrow-key:<base64url>`. */
export const escrowKeyText = ({ publicKey }: EscrowKey): string => `passbook-escrow-key:${publicKey}\n`;

/** Throws EscrowFault. */
export function parseEscrowKey(text: string): EscrowKey {
  const raw = Buffer.from(/^passbook-escrow-key:([\w-]{43})\s*$/.exec(text)?.[1] ?? '', 'base64url');
  if (raw.length !== KEY_BYTES) throw new EscrowFault('this is not the public key of an escrow');
  return { keyId: keyIdOf(raw), publicKey: raw.toString('base64url') };
}

export function sealToEscrow(text: string, { keyId, publicKey }: EscrowKey, sealedFor: string): EscrowSealed {
  const recipient = Buffer.from(publicKey, 'base64url');
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralKey = rawPublic(ephemeral.publicKey);
  const key = derived(ephemeral.privateKey, publicFrom(recipient), ephemeralKey, recipient);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(bindingOf(keyId, sealedFor));
  const ct = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  return { format: FORMAT, keyId, sealedFor, ephemeralKey: ephemeralKey.toString('base64url'), iv: iv.toString('base64url'), ct: ct.toString('base64url') };
}

/** Throws EscrowFault: of shares that are damaged, twice the same, or of another key; and of what was changed after it was sealed, or sealed for something else. */
export function openEscrow(sealed: EscrowSealed, shares: readonly string[], sealedFor: string = sealed.sealedFor): string {
  if (sealed.format !== FORMAT) throw new EscrowFault('this is not sealed to an escrow');
  if (sealed.sealedFor !== sealedFor) throw new EscrowFault(`sealed for ${sealed.sealedFor}`);
  const parts = shares.map(parseShare);
  if (parts.length !== 2 || new Set(parts.map(({ number }) => number)).size !== 2) throw new EscrowFault('both shares are needed, each once');
  if (parts.some(({ keyId }) => keyId !== sealed.keyId)) throw new EscrowFault(`sealed to the key ${sealed.keyId}; a share is of another`);
  const secret = xor(parts[0]!.bytes, parts[1]!.bytes);
  try {
    const own = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, secret]), format: 'der', type: 'pkcs8' });
    const recipient = rawPublic(createPublicKey(own));
    if (keyIdOf(recipient) !== sealed.keyId) throw new EscrowFault('the shares do not make the key');
    const ephemeralKey = Buffer.from(sealed.ephemeralKey, 'base64url');
    const ct = Buffer.from(sealed.ct, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', derived(own, publicFrom(ephemeralKey), ephemeralKey, recipient), Buffer.from(sealed.iv, 'base64url'), { authTagLength: TAG_BYTES });
    decipher.setAAD(bindingOf(sealed.keyId, sealed.sealedFor));
    decipher.setAuthTag(ct.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(ct.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (error) {
    if (error instanceof EscrowFault) throw error;
    throw new EscrowFault('it was changed after it was sealed', { cause: error });
  } finally {
    secret.fill(0);
  }
}

const bindingOf = (keyId: string, sealedFor: string): Buffer => Buffer.from(`${FORMAT}\n${keyId}\n${sealedFor}`);
const keyIdOf = (raw: Buffer): string => createHash('sha256').update(raw).digest('hex').slice(0, 16);
const rawPublic = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES);
const publicFrom = (raw: Buffer): KeyObject => createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, index) => byte ^ b[index]!));

function derived(own: KeyObject, other: KeyObject, ephemeralKey: Buffer, recipient: Buffer): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  return Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), Buffer.concat([Buffer.from(FORMAT), ephemeralKey, recipient]), KEY_BYTES));
}

function shareText(keyId: string, number: 1 | 2, bytes: Buffer): string {
  const body = `passbook-escrow-share:${keyId}:${number}:${bytes.toString('base64url')}`;
  return `${body}:${checkOf(body)}`;
}

/** Told from a slip of the pen before anything is tried with it. */
const checkOf = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 8);

function parseShare(text: string): { readonly keyId: string; readonly number: string; readonly bytes: Buffer } {
  const found = /^(passbook-escrow-share:([0-9a-f]{16}):([12]):([\w-]{43})):([0-9a-f]{8})$/.exec(text.trim());
  if (!found || checkOf(found[1]!) !== found[5]) throw new EscrowFault('a share is damaged');
  return { keyId: found[2]!, number: found[3]!, bytes: Buffer.from(found[4]!, 'base64url') };
}
