import { setTimeout as pause } from 'node:timers/promises';
import { WANTED } from './listener.js';
import type { Pool } from './pool.js';

const POLL_MS = 25;
const SAY_AGAIN_MS = 250;

/** Where the slowest lane of a projection's live build stands; asked once for all who wait. */
export class ProgressWatch {
  private reached = -1n;
  private wake = new AbortController();
  private asking: Promise<void> | undefined;
  private saidAt = 0;

  constructor(
    private readonly pool: Pool,
    private readonly projection: string,
  ) {}

  /** Ends the pause between two looks. */
  nudge(): void {
    this.wake.abort();
    this.wake = new AbortController();
  }

  async until(position: bigint, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.reached >= position) return true;
      await (this.asking ??= this.ask().finally(() => {
        this.asking = undefined;
      }));
      if (this.reached >= position) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      this.sayWanted();
      await pause(Math.min(POLL_MS, left), undefined, { signal: this.wake.signal }).catch(() => {});
    }
  }

  /** A projection without a live build, or without lanes, has reached nothing. A build goes live only when no lane is behind the one before it. */
  private async ask(): Promise<void> {
    const { rows } = await this.pool.query<{ reached: string | null }>({
      name: 'progress-watch',
      text: `SELECT min(l.position) AS reached FROM projector.builds b JOIN projector.lanes l USING (projection, build)
        WHERE b.projection = $1 AND b.state = 'live'`,
      values: [this.projection],
    });
    const reached = rows[0]?.reached;
    this.reached = reached === null || reached === undefined ? -1n : BigInt(reached);
  }

  private sayWanted(): void {
    if (Date.now() - this.saidAt < SAY_AGAIN_MS) return;
    this.saidAt = Date.now();
    this.pool.query('SELECT pg_notify($1, $2)', [WANTED, this.projection]).catch(() => {});
  }
}
