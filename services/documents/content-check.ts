import { fileTypeFromBuffer } from 'file-type';
import { imageSize } from 'image-size';
import type { ContentType } from '../../shared/events/documents/values.js';
import { Refusal } from '../../shared/http/context.js';

/** Enough to tell the type, and to come to a picture's size behind what cameras write before it. */
const LOOKED_AT = 512 * 1_024;
/** A picture that is small as a file and huge when somebody opens it: at four bytes a pixel this is 256 MB. */
export const MOST_PIXELS = 64_000_000;
export const LONGEST_SIDE = 20_000;

const mismatch = (detail: string): Refusal => new Refusal({ code: 'document_content_mismatch', detail });

/** Passes the content on once its beginning was found to be what it is declared to be. Throws Refusal. */
export async function* checkedContent(content: AsyncIterable<Buffer>, declared: ContentType): AsyncGenerator<Buffer> {
  const held: Buffer[] = [];
  let size = 0;
  let looked = false;
  const text = declared === 'text/plain' ? plainText() : undefined;
  for await (const chunk of content) {
    text?.take(chunk);
    if (looked) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    size += chunk.length;
    if (size < LOOKED_AT) continue;
    looked = true;
    yield await begun(Buffer.concat(held), declared);
  }
  text?.finish();
  if (!looked) yield await begun(Buffer.concat(held), declared);
}

async function begun(bytes: Buffer, declared: ContentType): Promise<Buffer> {
  if (bytes.length === 0) throw new Refusal({ code: 'document_empty' });
  const found = await typeOf(bytes);
  if (found !== (declared === 'text/plain' ? undefined : declared)) throw mismatch(`it is declared as ${declared} and looks like ${found ?? 'none of the types that are told by their first bytes'}`);
  if (declared.startsWith('image/')) checkPicture(bytes);
  return bytes;
}

async function typeOf(bytes: Buffer): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(bytes.subarray(0, 8_192)))?.mime;
  } catch {
    throw mismatch('its beginning cannot be read');
  }
}

function checkPicture(bytes: Buffer): void {
  let size: { readonly width: number; readonly height: number };
  try {
    // A copy of its own: in a slice of node's pool the library would read on behind the end.
    size = imageSize(new Uint8Array(bytes));
  } catch {
    throw mismatch('it does not say how large the picture is');
  }
  const { width, height } = size;
  if (!(width > 0 && height > 0)) throw mismatch('it does not say how large the picture is');
  if (width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > MOST_PIXELS)
    throw new Refusal({ code: 'document_picture_too_large', detail: `at most ${MOST_PIXELS} pixels, and ${LONGEST_SIDE} a side` });
}

/** UTF-8 without the characters that no text has. */
function plainText(): { take(chunk: Buffer): void; finish(): void } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (decode: () => string): void => {
    let text: string;
    try {
      text = decode();
    } catch {
      throw mismatch('it is declared as text/plain and is not text in UTF-8');
    }
    if (text.includes('\0')) throw mismatch('it is declared as text/plain and holds NUL');
  };
  return { take: (chunk) => check(() => decoder.decode(chunk, { stream: true })), finish: () => check(() => decoder.decode()) };
}
