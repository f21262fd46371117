/** A moment as events are stamped with it. */
export interface Instant {
  readonly ms: number;
  readonly iso: string;
}

/** The bank's clock as the log sees it: recording times never go back, whatever the system's clock does. */
export class RecordingClock {
  #lastMs: number;

  /** @param lastMs when the log's last event was recorded, in milliseconds since 1970. */
  constructor(private readonly clock: () => Date, lastMs: number) {
    this.#lastMs = lastMs;
  }

  read(): Instant {
    this.notBefore(this.clock().getTime());
    return { ms: this.#lastMs, iso: new Date(this.#lastMs).toISOString() };
  }

  notBefore(ms: number): void {
    this.#lastMs = Math.max(this.#lastMs, ms);
  }
}
