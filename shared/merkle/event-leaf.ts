/** How a stored event becomes a leaf of the tree. Pure. docs/decisions/tamper-evidence.md says the same for other languages. */
import { leafHash } from './tree.js';

/** What a leaf is made of. The place in the log is no part of it: it is the leaf's index. */
export interface LeafFields {
  readonly stream: string;
  readonly revision: bigint | number;
  readonly id: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

const VERSION = 'passbook event 1\n';
const LENGTH_BYTES = 4;

/**
 * The line "passbook event 1", then stream, revision (decimal), id (lower case), type, data and metadata (both exactly as stored): each as UTF-8
 * bytes behind its length in four bytes, big-endian. So no two events have one encoding.
 */
export function entryOf({ stream, revision, id, type, data, metadata }: LeafFields): Buffer {
  const texts = [stream, String(revision), id.toLowerCase(), type];
  const lengths = [...texts.map((text) => Buffer.byteLength(text, 'utf8')), data.length, metadata.length];
  const entry = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, VERSION.length));
  let at = entry.write(VERSION, 'latin1');
  for (const [i, part] of [...texts, data, metadata].entries()) {
    at = entry.writeUInt32BE(lengths[i]!, at);
    if (typeof part === 'string') entry.write(part, at, 'utf8');
    else entry.set(part, at);
    at += lengths[i]!;
  }
  return entry;
}

export const leafOf = (fields: LeafFields): Buffer => leafHash(entryOf(fields));
