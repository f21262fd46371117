import type { Logger } from 'pino';
import { listen, REACHED, WANTED } from '../../shared/read-store/listener.js';
import type { Pool } from '../../shared/read-store/pool.js';

const LAZY_MS = 1_000;
const EAGER_MS = 5;
/** How long after the last one who waited the projector goes on hurrying. */
const EAGER_FOR_MS = 500;

interface Source {
  storeTicks(): Promise<void>;
}

interface Pace {
  eagerUntil: number;
  timer: NodeJS.Timeout | undefined;
  dueAt: number;
  announcing: boolean;
  readonly sources: Set<Source>;
}

/**
 * Decides when ticks are stored: once a second when nobody asks (an idle bank writes nothing), at once while a query waits for the projection; and
 * announces progress to those who wait.
 */
export class ProgressNews {
  private readonly paces = new Map<string, Pace>();
  private readonly listener;
  private stopped = false;

  constructor(private readonly pool: Pool, private readonly logger: Logger) {
    this.listener = listen(pool, WANTED, (projection) => this.wanted(projection), logger);
  }

  add(projection: string, source: Source): void {
    this.paceOf(projection).sources.add(source);
  }

  remove(projection: string, source: Source): void {
    this.paceOf(projection).sources.delete(source);
  }

  wanted(projection: string): void {
    const pace = this.paceOf(projection);
    pace.eagerUntil = Date.now() + EAGER_FOR_MS;
    this.plan(projection);
  }

  /** A tick waits to be stored. */
  plan(projection: string): void {
    const pace = this.paceOf(projection);
    const waitMs = Date.now() < pace.eagerUntil ? EAGER_MS : LAZY_MS;
    if (pace.timer && pace.dueAt <= Date.now() + waitMs) return;
    clearTimeout(pace.timer);
    pace.dueAt = Date.now() + waitMs;
    pace.timer = setTimeout(() => {
      pace.timer = undefined;
      void this.storeNow(projection);
    }, waitMs);
  }

  /** Stored positions have moved. */
  moved(projection: string): void {
    const pace = this.paceOf(projection);
    if (pace.announcing || Date.now() >= pace.eagerUntil) return;
    pace.announcing = true;
    setImmediate(() => {
      pace.announcing = false;
      this.pool.query('SELECT pg_notify($1, $2)', [REACHED, projection]).catch(() => {});
    });
  }

  async storeNow(projection: string): Promise<void> {
    for (const source of this.paceOf(projection).sources)
      await source.storeTicks().catch((error: unknown) => {
        this.logger.warn({ err: error, projection }, 'ticks were not stored, trying again');
        if (!this.stopped) this.plan(projection);
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const [projection, pace] of this.paces) {
      clearTimeout(pace.timer);
      await this.storeNow(projection);
    }
    await this.listener.stop();
  }

  private paceOf(projection: string): Pace {
    let pace = this.paces.get(projection);
    if (!pace) this.paces.set(projection, (pace = { eagerUntil: 0, timer: undefined, dueAt: 0, announcing: false, sources: new Set() }));
    return pace;
  }
}
