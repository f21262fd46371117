import type { KeyObject } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from '../../shared/event-bus/backoff.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { keepUnderLease } from '../../shared/read-store/keep-leased.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { followLog, type Following } from './following.js';
import type { HeadExport } from './head-export.js';
import { notaryMeters } from './meters.js';
import { Contradiction } from './signed-heads.js';
import { prepareTreeTables } from './tree-tables.js';
import { DamagedTree, LEASE, TreeKeeper } from './tree-keeper.js';

export interface NotaryOptions {
  readonly eventStore: EventStore;
  /** The database `ops`: lease, tree, heads. */
  readonly opsPool: Pool;
  readonly heads: HeadExport;
  /** Ed25519. */
  readonly key: KeyObject;
  /** The log's name in every head. */
  readonly origin: string;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Who this is, in the lease's row. */
  readonly instance?: string;
  readonly timings?: Partial<NotaryTimings>;
}

export interface NotaryTimings {
  /** A head is signed when so much time has passed since the last, or so many events were added, and on stopping; only if the tree has grown. */
  readonly signEveryMs: number;
  readonly signEveryEvents: number;
  readonly saveEveryMs: number;
  /** How long the log may be shorter than a signed head before that counts as a contradiction: a replica may lag. */
  readonly shortLogPatienceMs: number;
}

export interface NotaryStatus {
  /** standby: another notary is active. halted: the log contradicts a signed head; a person must act. */
  readonly state: 'standby' | 'resuming' | 'following' | 'halted' | 'stopped';
  /** Events in the tree. */
  readonly size: number;
  /** Events under the last head that was exported. */
  readonly signedSize: number;
  readonly signedAtMs?: number;
  /** 0 when caught up. */
  readonly lagSeconds: number;
  readonly failure?: string;
}

export interface Notary {
  status(): NotaryStatus;
  /** Throws why this notary is not as it should be: halted, or further behind than this. One in standby is as it should be. */
  check(mostLagSeconds?: number): void;
  /** Signs what has grown, and ends. */
  stop(): Promise<void>;
}

const TIMINGS: NotaryTimings = { signEveryMs: 60_000, signEveryEvents: 100_000, saveEveryMs: 500, shortLogPatienceMs: 10_000 };
const MOST_LAG_SECONDS = 30;

/** Builds the tree over the whole log and signs its heads, one notary at a time. Resolves at once; being active may take until another ends. */
export async function startNotary(options: NotaryOptions): Promise<Notary> {
  const { opsPool, logger } = options;
  const timings = { ...TIMINGS, ...options.timings };
  const stopping = new AbortController();
  let state: NotaryStatus['state'] = 'standby';
  let failure: string | undefined;
  let following: Following = { size: 0, signedSize: 0, lagSeconds: 0 };
  const status = (): NotaryStatus => ({ state, ...following, ...(failure !== undefined && { failure }) });
  notaryMeters(options.metrics, status);
  const leased = keepUnderLease({ pool: opsPool, name: LEASE, holder: options.instance ?? `pid ${process.pid}`, logger }, async (signal, epoch) => {
    await prepareTreeTables(opsPool);
    await beActive(signal, epoch);
    if (state !== 'halted') state = 'standby';
  });

  async function beActive(leased: AbortSignal, epoch: bigint): Promise<void> {
    for (let failures = 0; !leased.aborted; failures++) {
      const before = following.size;
      state = 'resuming';
      try {
        await followLog({ ...options, epoch, timings, signal: leased, stopping: stopping.signal }, (now) => {
          following = now;
          state = 'following';
          failure = undefined;
        });
      } catch (error) {
        failure = String(error);
        if (error instanceof Contradiction) return await halt(error, leased);
        if (error instanceof DamagedTree) await discardTree(epoch);
        if (following.size > before) failures = 0;
        if (!leased.aborted) logger.warn({ err: error, failures }, 'the notary was interrupted and resumes from what is stored');
      }
      await rest(failures, leased);
    }
  }

  async function discardTree(epoch: bigint): Promise<void> {
    try {
      await TreeKeeper.discard(opsPool, epoch);
    } catch (error) {
      logger.warn({ err: error }, 'the damaged tree could not be thrown away');
    }
  }

  async function halt(error: Contradiction, leased: AbortSignal): Promise<void> {
    state = 'halted';
    logger.fatal({ err: error }, 'the notary has halted: the log is not what was signed before; nothing more is signed. Run "audit verify"');
    await new Promise<void>((resolve) => leased.addEventListener('abort', () => resolve(), { once: true }));
  }

  return {
    status,
    check(mostLagSeconds = MOST_LAG_SECONDS) {
      const { lagSeconds } = following;
      if (state === 'halted' || state === 'stopped') throw new Error(`the notary is ${state}${failure === undefined ? '' : `: ${failure}`}`);
      if (state === 'following' && lagSeconds > mostLagSeconds) throw new Error(`the notary is ${Math.round(lagSeconds)} s behind`);
      if (state === 'resuming' && failure !== undefined) throw new Error(`the notary cannot go on: ${failure}`);
    },
    async stop() {
      stopping.abort();
      await leased.stop();
      state = 'stopped';
    },
  };
}

const rest = (failures: number, signal: AbortSignal): Promise<void> =>
  failures === 0 ? Promise.resolve() : pause(backoffMs(failures - 1, 100, 5_000), undefined, { signal }).catch(() => {});
