import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where each text was found: text → places with the encoding it stood there in. */
export type Residue = ReadonlyMap<string, readonly string[]>;

export interface ResidueSearch {
  /** Every file below the folder, byte for byte. */
  folder(folder: string): void;
  bytes(where: string, bytes: Uint8Array): void;
  found(): Residue;
}

interface Pattern {
  readonly text: string;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Searches bytes for texts in every encoding that something might have put them into; all of them in one pass. */
export function searchResidue(texts: readonly string[]): ResidueSearch {
  const found = new Map(texts.map((text) => [text, [] as string[]]));
  const byStart = new Map<number, Pattern[]>();
  const starts = new Uint8Array(65_536);
  for (const pattern of texts.flatMap(patternsOf)) {
    const start = pattern.bytes.readUInt16BE();
    starts[start] = 1;
    byStart.set(start, [...(byStart.get(start) ?? []), pattern]);
  }
  function bytes(where: string, given: Uint8Array): void {
    const all = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const seen = new Set<Pattern>();
    for (let at = 0, pair = 0; at < all.length; at++) {
      pair = ((pair << 8) | all[at]!) & 0xffff;
      if (starts[pair] === 0 || at === 0) continue;
      for (const pattern of byStart.get(pair)!)
        if (!seen.has(pattern) && all.compare(pattern.bytes, 0, pattern.bytes.length, at - 1, Math.min(all.length, at - 1 + pattern.bytes.length)) === 0) {
          seen.add(pattern);
          found.get(pattern.text)!.push(`${where} (${pattern.encoding})`);
        }
    }
  }
  return {
    bytes,
    folder(folder) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name);
        if (entry.isFile()) bytes(path.relative(folder, file), readFileSync(file));
      }
    },
    found: () => found,
  };
}

const LEAST = 6;

function patternsOf(text: string): Pattern[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const swapped = Buffer.from(utf16).swap16();
  const hex = utf8.toString('hex');
  const url = encodeURIComponent(text);
  const escaped = text.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const forms: [string, Buffer | string][] = [
    ['UTF-8', utf8], ['lower case', text.toLowerCase()], ['upper case', text.toUpperCase()], ['UTF-16LE', utf16], ['UTF-16BE', swapped],
    ['hex', hex], ['HEX', hex.toUpperCase()], ['URL', url], ['url', url.toLowerCase()], ['form', url.replaceAll('%20', '+')], ['JSON', escaped],
    ...[0, 1, 2].flatMap((shift) => [['base64', base64Of(utf8, shift)], ['base64url', base64Of(utf8, shift).replaceAll('+', '-').replaceAll('/', '_')]] as [string, string][]),
  ];
  const patterns = new Map<string, Pattern>();
  for (const [encoding, form] of forms) {
    const bytes = Buffer.from(form as string);
    if (!patterns.has(bytes.toString('hex'))) patterns.set(bytes.toString('hex'), { text, encoding, bytes });
  }
  return [...patterns.values()].filter(({ bytes }) => bytes.length >= LEAST);
}

/** As it stands inside a longer base64 text that it joins after so many bytes: without the digits that its neighbours share. */
function base64Of(bytes: Buffer, shift: number): string {
  const digits = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replaceAll('=', '');
  const bits = (shift + bytes.length) * 8;
  return digits.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
}
