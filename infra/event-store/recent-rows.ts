import type { LogRow } from './rows.js';

/** The newest rows, so that live subscribers do not ask the database for what was stored a moment ago. Bounded by bytes. */
export class RecentRows {
  private rows: LogRow[] = [];
  private bytes = 0;
  /** Every stored row after this position is here. */
  private floor: number;

  constructor(lastPosition: number, private readonly maxBytes = 8 * 1024 * 1024) {
    this.floor = lastPosition;
  }

  add(rows: readonly LogRow[]): void {
    for (const row of rows) {
      this.rows.push(row);
      this.bytes += row.frames.length;
    }
    if (this.bytes <= this.maxBytes) return;
    let drop = 0;
    // Down to three quarters at once, so that the array is not shifted for every row.
    while (this.bytes > this.maxBytes * 0.75 && drop < this.rows.length) {
      const row = this.rows[drop++] as LogRow;
      this.bytes -= row.frames.length;
      this.floor = row.lastPosition;
    }
    this.rows = this.rows.slice(drop);
  }

  /** Rows holding events after the position, or undefined where some of them are no longer here. */
  after(position: number, maxRows: number): readonly LogRow[] | undefined {
    if (position < this.floor) return undefined;
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.rows[middle] as LogRow).lastPosition <= position) low = middle + 1;
      else high = middle;
    }
    return this.rows.slice(low, low + maxRows);
  }
}
