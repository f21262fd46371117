import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * Content under a key of its own (32 bytes, used for nothing else): frames of 64 KiB, each AES-256-GCM with its own tag, so that it is sealed and opened
 * with bounded memory and no byte is given out before it is known to be the one that was sealed. The nonce is the frame's number and whether it is the
 * last; `binding` must be given again to open. A frame changed, moved, left out, added or of another content does not open.
 */
const FRAME = 64 * 1_024;
const TAG = 16;

export class ContentDamaged extends Error {
  override readonly name = 'ContentDamaged';
}

export async function* sealContent(plain: AsyncIterable<Buffer>, key: Buffer, binding: string): AsyncGenerator<Buffer> {
  let frame = 0;
  for await (const { bytes, last } of framed(plain, FRAME)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frame++, last));
    cipher.setAAD(Buffer.from(binding));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Throws ContentDamaged at the first frame that does not open. */
export async function* openContent(sealed: AsyncIterable<Buffer>, key: Buffer, binding: string): AsyncGenerator<Buffer> {
  let frame = 0;
  for await (const { bytes, last } of framed(sealed, FRAME + TAG)) {
    if (bytes.length < TAG) throw new ContentDamaged('a frame is cut off');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(frame++, last), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(binding));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
    const plain = decipher.update(bytes.subarray(0, bytes.length - TAG));
    try {
      decipher.final();
    } catch (cause) {
      throw new ContentDamaged('a frame does not open', { cause });
    }
    yield plain;
  }
}

function nonceOf(frame: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(frame, 0, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Pieces of exactly that length, the last one shorter or as long; no content at all is one empty piece. */
async function* framed(content: AsyncIterable<Buffer>, length: number): AsyncGenerator<{ readonly bytes: Buffer; readonly last: boolean }> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    held.push(chunk);
    size += chunk.length;
    if (size <= length) continue;
    const all = Buffer.concat(held, size);
    let at = 0;
    // One whole piece is kept back: it may be the last.
    for (; size - at > length; at += length) yield { bytes: all.subarray(at, at + length), last: false };
    held = [all.subarray(at)];
    size -= at;
  }
  yield { bytes: Buffer.concat(held, size), last: true };
}
