import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../../../shared/http/context.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';

const WAIT_MS = 1_000;
const BETWEEN_LOOKS_MS = 25;
const AFTER_FAILURE_MS = 500;

/** How far the read model of risk is whole: whatever it tells up to there it has, nothing of it comes later. */
export class AlertNews {
  /** Of the slowest lane. */
  private reached = -1n;
  /** The last position at which an alert is told, up to `reached`. */
  private newest = -1n;
  private readonly waiting = new Set<() => void>();
  private looking: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly store: ReadStore) {}

  /** Where a stream that has missed nothing begins. Refused while there is no read model: what it has then is not what has just come. */
  async present(): Promise<bigint> {
    await this.look();
    if (this.reached < 0n) throw new Refusal({ code: 'read_behind' });
    return this.reached;
  }

  /** Waits until there may be alerts beyond `after`; answers up to where they are all there. `after` itself where none have come in time, or all is over. */
  async beyond(after: bigint, timeoutMs: number, signal: AbortSignal): Promise<bigint> {
    const until = performance.now() + timeoutMs;
    while (this.newest <= after && !signal.aborted && !this.stopped) {
      const left = until - performance.now();
      if (left <= 0) break;
      await this.nextLook(left, signal);
    }
    return this.newest > after && !this.stopped ? this.reached : after;
  }

  /** Nothing more will be told: streams end. */
  get isOver(): boolean {
    return this.stopped;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const wake of this.waiting) wake();
    await this.looking;
  }

  private nextLook(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake, { once: true });
      this.waiting.add(wake);
    });
    this.looking ??= this.keepLooking().finally(() => {
      this.looking = undefined;
    });
    return woken;
  }

  /** One for all who wait, and only while somebody does. */
  private async keepLooking(): Promise<void> {
    while (this.waiting.size > 0 && !this.stopped) {
      try {
        if (await this.store.waitFor('risk', this.reached + 1n, WAIT_MS)) await this.look();
        await pause(BETWEEN_LOOKS_MS);
      } catch {
        // The read store is away: whoever waits is told nothing until it is back.
        await pause(AFTER_FAILURE_MS);
      }
    }
  }

  private async look(): Promise<void> {
    const [row] = await this.store.query<{ reached: string | null; newest: string | null }>(
      `with live as (select min(l.position) as reached from projector.builds b join projector.lanes l using (projection, build) where b.projection = 'risk' and b.state = 'live')
       select reached, (select max(told) from risk.alerts where told > $1 and told <= live.reached) as newest from live`,
      [this.newest.toString()],
      'risk_alert_news',
    );
    if (row?.reached != null) this.reached = BigInt(row.reached);
    if (row?.newest == null) return;
    this.newest = BigInt(row.newest);
    for (const wake of [...this.waiting]) wake();
  }
}
