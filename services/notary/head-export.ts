/**
 * Where signed heads are put outside the bank: numbered from 1 without gaps, each number given once and for ever. Whoever can change the log must not
 * be able to change what is here.
 */
export interface HeadExport {
  /** Number of the newest head, 0 for none. */
  newest(): Promise<number>;
  /** The notes from a number on, in order. */
  read(from: number): AsyncIterable<ExportedHead>;
  /**
   * Lasting when it resolves. The same note under its number again is fine.
   * @throws HeadTaken where another note has the number
   */
  append(head: ExportedHead): Promise<void>;
}

export interface ExportedHead {
  readonly number: number;
  /** A checkpoint (c2sp.org/tlog-checkpoint), signed. */
  readonly note: string;
}

export class HeadTaken extends Error {
  override readonly name = 'HeadTaken';
  constructor(readonly number: number) {
    super(`another head was exported under number ${number}`);
  }
}
