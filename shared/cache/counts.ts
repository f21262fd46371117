import { LRUCache } from 'lru-cache';

export interface Counted {
  /** This addition included. */
  readonly count: number;
  readonly endsInMs: number;
}

/** Counts within fixed windows of time, each beginning with its first addition. Adapters: `countsOfProcess`, `redis-counts.ts`. */
export interface Counts {
  add(key: string, windowMs: number): Promise<Counted>;
  close(): Promise<void>;
}

/** More keys than this at once are an attack with many addresses: those counted longest ago are forgotten first, memory stays bounded. */
const MOST_KEYS = 100_000;

/** Of one process, without waiting. */
export class ProcessCounts {
  private readonly windows = new LRUCache<string, { count: number; readonly endsAt: number }>({ max: MOST_KEYS });

  constructor(private readonly elapsed: () => number = () => performance.now()) {}

  add(key: string, windowMs: number): Counted {
    const window = this.running(key) ?? { count: 0, endsAt: this.elapsed() + windowMs };
    if (window.count === 0) this.windows.set(key, window);
    window.count++;
    return { count: window.count, endsInMs: window.endsAt - this.elapsed() };
  }

  /** Without adding. */
  look(key: string): Counted {
    const window = this.running(key);
    return window === undefined ? { count: 0, endsInMs: 0 } : { count: window.count, endsInMs: window.endsAt - this.elapsed() };
  }

  private running(key: string) {
    const window = this.windows.get(key);
    return window !== undefined && window.endsAt > this.elapsed() ? window : undefined;
  }
}

export function countsOfProcess(elapsed?: () => number): Counts {
  const counts = new ProcessCounts(elapsed);
  return { add: async (key, windowMs) => counts.add(key, windowMs), close: async () => {} };
}
