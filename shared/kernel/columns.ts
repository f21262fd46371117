/** Values by slot in typed arrays, made a page at a time; a slot never set is 0. Slots may lie anywhere: only pages that are used take memory. */
const PAGE = 4_096;

type NumberArray = Uint8Array | Int32Array | Float64Array;

/** Numbers as the given typed array holds them. */
export class NumberColumn {
  readonly #pages = new Map<number, NumberArray>();

  constructor(private readonly array: new (length: number) => NumberArray) {}

  get(slot: number): number {
    const page = Math.floor(slot / PAGE);
    return this.#pages.get(page)?.[slot - page * PAGE] ?? 0;
  }

  set(slot: number, value: number): void {
    const page = Math.floor(slot / PAGE);
    let values = this.#pages.get(page);
    if (values === undefined) this.#pages.set(page, (values = new this.array(PAGE)));
    values[slot - page * PAGE] = value;
  }

  /** Every slot that holds something other than 0. */
  *used(): Iterable<number> {
    for (const [page, values] of this.#pages) for (let at = 0; at < PAGE; at++) if (values[at] !== 0) yield page * PAGE + at;
  }
}

/** Whole numbers of any size: 8 bytes each, those that do not fit into 64 bits beside. */
export class BigColumn {
  readonly #pages = new Map<number, BigInt64Array>();
  readonly #large = new Map<number, bigint>();

  get(slot: number): bigint {
    if (this.#large.size > 0) {
      const large = this.#large.get(slot);
      if (large !== undefined) return large;
    }
    const page = Math.floor(slot / PAGE);
    return this.#pages.get(page)?.[slot - page * PAGE] ?? 0n;
  }

  set(slot: number, value: bigint): void {
    const page = Math.floor(slot / PAGE);
    let values = this.#pages.get(page);
    if (values === undefined) this.#pages.set(page, (values = new BigInt64Array(PAGE)));
    values[slot - page * PAGE] = value;
    if (values[slot - page * PAGE] === value) this.#large.delete(slot);
    else this.#large.set(slot, value);
  }

  /** Adds and gives the sum. */
  add(slot: number, value: bigint): bigint {
    const sum = this.get(slot) + value;
    this.set(slot, sum);
    return sum;
  }
}

/** Moments of four-digit years, to the millisecond; a slot never set has none. */
export class TimeColumn {
  readonly #values = new NumberColumn(Float64Array);

  /** Milliseconds since 1970. */
  get(slot: number): number | undefined {
    const value = this.#values.get(slot);
    return value === 0 ? undefined : value - ABOVE_ZERO_MS;
  }

  set(slot: number, ms: number | undefined): void {
    this.#values.set(slot, ms === undefined ? 0 : ms + ABOVE_ZERO_MS);
  }
}

/** More than the milliseconds from the year 0 to 1970. */
const ABOVE_ZERO_MS = 1e14;
