/**
 * Ids (UUIDs) to slots 0, 1, 2 …, in the order they were added: 16 bytes an id plus 8 to 16 of index, nothing for the garbage collector to walk.
 * It grows by pages and by 1,024 small hash parts, so that no single addition pauses the process. Only the newest id can be removed (undo).
 */
const PAGE_BITS = 14;
export const PAGE_SIZE = 1 << PAGE_BITS;
const PARTS = 1024;
const EMPTY = 0;

const HEX = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) {
  HEX[value.toString(16).charCodeAt(0)] = value;
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const GROUP_STARTS = [0, 9, 19, 28] as const; // each 32-bit word's first digit; words 1 and 2 have a dash after their fourth digit

interface Part {
  /** slot + 1, or 0 for empty; linear probing. */
  cells: Int32Array;
  used: number;
}

export class IdTable {
  #pages: Uint32Array[] = [];
  #parts: (Part | undefined)[] = new Array<Part | undefined>(PARTS);
  #count = 0;
  readonly #words = new Uint32Array(4);

  get count(): number {
    return this.#count;
  }

  /** The id's slot, or -1 where it is unknown or no UUID. */
  find(id: string): number {
    if (!parseWords(id, this.#words)) return -1;
    const part = this.#parts[this.#words[1]! & (PARTS - 1)];
    if (!part) return -1;
    const cell = this.#probe(part);
    return part.cells[cell]! - 1;
  }

  /** Adds an id that is not there yet and gives its slot. */
  add(id: string): number {
    if (!parseWords(id, this.#words)) throw new Error(`not a UUID: ${id}`);
    return this.#add();
  }

  addWords(words: Uint32Array): number {
    this.#words.set(words);
    return this.#add();
  }

  #add(): number {
    const words = this.#words;
    const at = words[1]! & (PARTS - 1);
    const part = (this.#parts[at] ??= { cells: new Int32Array(16), used: 0 });
    if ((part.used + 1) * 4 > part.cells.length * 3) this.#grow(part);
    const cell = this.#probe(part);
    if (part.cells[cell] !== EMPTY) throw new Error(`already there: ${textOf(words)}`);
    const slot = this.#count++;
    const page = (this.#pages[slot >>> PAGE_BITS] ??= new Uint32Array(PAGE_SIZE * 4));
    page.set(words, (slot & (PAGE_SIZE - 1)) * 4);
    part.cells[cell] = slot + 1;
    part.used++;
    return slot;
  }

  /** Undoes the newest `add`: nothing was inserted after it, so emptying its cell breaks no probe. */
  removeLast(): void {
    const slot = this.#count - 1;
    this.#words.set(this.wordsOf(slot));
    const part = this.#parts[this.#words[1]! & (PARTS - 1)]!;
    part.cells[this.#probe(part)] = EMPTY;
    part.used--;
    this.#count = slot;
  }

  idOf(slot: number): string {
    const page = this.#pages[slot >>> PAGE_BITS]!;
    return textOf(page, (slot & (PAGE_SIZE - 1)) * 4);
  }

  wordsOf(slot: number): Uint32Array {
    const start = (slot & (PAGE_SIZE - 1)) * 4;
    return this.#pages[slot >>> PAGE_BITS]!.subarray(start, start + 4);
  }

  /** The words of the first `rows` ids of a page; the table's own memory. */
  wordsOfPage(page: number, rows: number): Uint32Array {
    return this.#pages[page]!.subarray(0, rows * 4);
  }

  #probe(part: Part): number {
    const words = this.#words;
    const mask = part.cells.length - 1;
    for (let cell = (words[0]! ^ words[3]!) & mask; ; cell = (cell + 1) & mask) {
      const entry = part.cells[cell]!;
      if (entry === EMPTY) return cell;
      const slot = entry - 1;
      const page = this.#pages[slot >>> PAGE_BITS]!;
      const start = (slot & (PAGE_SIZE - 1)) * 4;
      if (page[start] === words[0] && page[start + 1] === words[1] && page[start + 2] === words[2] && page[start + 3] === words[3]) return cell;
    }
  }

  #grow(part: Part): void {
    const before = part.cells;
    part.cells = new Int32Array(before.length * 2);
    const sought = this.#words.slice();
    for (const entry of before)
      if (entry !== EMPTY) {
        this.#words.set(this.wordsOf(entry - 1));
        part.cells[this.#probe(part)] = entry;
      }
    this.#words.set(sought);
  }
}

/** Reads a UUID in either case into four words; false where it is none. */
export function parseWords(id: string, words: Uint32Array, at = 0): boolean {
  if (id.length !== 36) return false;
  for (let word = 0; word < 4; word++) {
    let value = 0;
    let index = GROUP_STARTS[word]!;
    for (let digit = 0; digit < 8; digit++, index++) {
      if (digit === 4 && (word === 1 || word === 2)) index++;
      const nibble = HEX[id.charCodeAt(index)] ?? 255;
      if (nibble === 255) return false;
      value = (value << 4) | nibble;
    }
    words[at + word] = value;
  }
  return true;
}

/** The canonical (lower-case) text of four words. */
export function textOf(words: Uint32Array, at = 0): string {
  const a = words[at]!, b = words[at + 1]!, c = words[at + 2]!, d = words[at + 3]!;
  return `${four(a >>> 16)}${four(a)}-${four(b >>> 16)}-${four(b)}-${four(c >>> 16)}-${four(c)}${four(d >>> 16)}${four(d)}`;
}

const four = (word: number): string => BYTE_TEXT[(word >>> 8) & 255]! + BYTE_TEXT[word & 255]!;
