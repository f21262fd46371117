/** Tree heads as checkpoints (c2sp.org/tlog-checkpoint): signed notes (c2sp.org/signed-note) with Ed25519. Pure. */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Head } from './proofs.js';
import { HASH_BYTES } from './tree.js';

export interface Checkpoint extends Head {
  /** Which log: a name like a URL without its scheme; the key's name as well. */
  readonly origin: string;
}

/** A key that outsiders check signatures with. */
export interface Verifier {
  readonly name: string;
  /** Four bytes. */
  readonly id: Buffer;
  readonly key: KeyObject;
  /** `name+id+key`, as Go's note package writes verifier keys: what is handed to outsiders. */
  readonly text: string;
}

const ED25519 = 1;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** SubjectPublicKeyInfo of an Ed25519 key is this, then the key's 32 bytes. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const NAME = /^[^\s+\p{Z}\p{Cc}]+$/u;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;

export const isOrigin = (name: string): boolean => NAME.test(name);

export function verifierOf(name: string, key: KeyObject): Verifier {
  if (!isOrigin(name)) throw new TypeError('a key\'s name has neither spaces nor plus signs');
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const typed = Buffer.concat([Buffer.of(ED25519), publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.length)]);
  const id = createHash('sha256').update(`${name}\n`, 'utf8').update(typed).digest().subarray(0, ID_BYTES);
  return { name, id, key: publicKey, text: `${name}+${id.toString('hex')}+${typed.toString('base64')}` };
}

/** Reads what `Verifier.text` gives; undefined for anything else. */
export function parseVerifier(text: string): Verifier | undefined {
  const [name = '', id = '', ...rest] = text.trim().split('+');
  const typed = Buffer.from(rest.join('+'), 'base64');
  if (!isOrigin(name) || typed.length !== KEY_BYTES + 1 || typed[0] !== ED25519) return undefined;
  const verifier = verifierOf(name, createPublicKey({ key: Buffer.concat([SPKI_HEAD, typed.subarray(1)]), type: 'spki', format: 'der' }));
  return verifier.id.toString('hex') === id && verifier.text === text.trim() ? verifier : undefined;
}

export function signCheckpoint({ origin, size, root }: Checkpoint, key: KeyObject): string {
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
  const signature = Buffer.concat([verifierOf(origin, key).id, sign(null, Buffer.from(text, 'utf8'), key)]);
  return `${text}\n— ${origin} ${signature.toString('base64')}\n`;
}

/** What the note says, whoever signed it; undefined where it is no checkpoint. */
export const readCheckpoint = (note: string): Checkpoint | undefined => partsOf(note)?.checkpoint;

/** What the note says where this key signed it; undefined where it did not, or its signature is wrong. Other keys' signatures are passed over. */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint | undefined {
  const parts = partsOf(note);
  if (parts === undefined || parts.checkpoint.origin !== verifier.name) return undefined;
  const ours = parts.signatures.filter(({ name, bytes }) => name === verifier.name && bytes.subarray(0, ID_BYTES).equals(verifier.id));
  const good = ours.length > 0 && ours.every(({ bytes }) =>
    bytes.length === ID_BYTES + SIGNATURE_BYTES && verify(null, Buffer.from(parts.text, 'utf8'), verifier.key, bytes.subarray(ID_BYTES)));
  return good ? parts.checkpoint : undefined;
}

interface NoteParts {
  readonly text: string;
  readonly checkpoint: Checkpoint;
  readonly signatures: readonly { readonly name: string; readonly bytes: Buffer }[];
}

function partsOf(note: string): NoteParts | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2, -1).split('\n').map((line) => SIGNATURE_LINE.exec(line));
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = Buffer.from(rootText, 'base64');
  const size = /^(0|[1-9]\d{0,15})$/.test(sizeText) ? Number(sizeText) : Number.NaN;
  if (origin === '' || !Number.isSafeInteger(size) || root.length !== HASH_BYTES || root.toString('base64') !== rootText) return undefined;
  if (extensions.includes('') || signatures.includes(null)) return undefined;
  const signedBy = signatures.map((match) => ({ name: match![1]!, bytes: Buffer.from(match![2]!, 'base64') }));
  return { text, checkpoint: { origin, size, root }, signatures: signedBy };
}
