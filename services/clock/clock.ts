import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CLOCK_STREAM, ClockTicked, type ClockEvent } from '../../shared/events/clock/events.js';
import type { Codec } from '../../shared/events/codec.js';
import { StoreFailure, type EventStore } from '../../shared/event-store/port.js';
import { commandIdOf, eventIdOf } from '../../shared/kernel/ids.js';
import { keepUnderLease } from '../../shared/read-store/keep-leased.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';

export interface ClockOptions {
  readonly eventStore: EventStore;
  /** The database `ops`: the lease. */
  readonly opsPool: Pool;
  readonly codec: Codec;
  /** 0: no clock. */
  readonly tickSeconds: number;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Who this is, in the lease's row. */
  readonly instance?: string;
  /** How often it is looked whether a tick is due. */
  readonly lookEveryMs?: number;
}

export interface Clock {
  /** Throws where this one should be ticking and cannot. */
  check(): void;
  stop(): Promise<void>;
}

interface LastTick {
  /** -1n: none yet. */
  readonly revision: bigint;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const NONE: LastTick = { revision: -1n, at: Number.NEGATIVE_INFINITY };

/** Puts the time into the log, one process at a time: at the start, and whenever the next round time has come. */
export function startClock(options: ClockOptions): Clock {
  const { eventStore, opsPool, codec, now, logger, metrics, lookEveryMs = 1_000 } = options;
  const tickMs = options.tickSeconds * 1_000;
  if (tickMs === 0) return { check: () => {}, stop: async () => {} };
  let last = NONE;
  let failure: string | undefined;
  metrics?.gauge({ name: 'bank_clock_last_tick_timestamp_seconds', help: 'The newest time that this process put into the log, 0 for none', read: () => Math.max(0, last.at / 1_000) });

  const leased = keepUnderLease({ pool: opsPool, name: 'clock', holder: options.instance ?? `pid ${process.pid}`, logger }, async (signal) => {
    try {
      last = await lastTick(eventStore);
      while (!signal.aborted) {
        const slot = Math.floor(now().getTime() / tickMs) * tickMs;
        if (slot > last.at) last = await tick(slot, last.revision);
        failure = undefined;
        await pause(lookEveryMs, undefined, { signal }).catch(() => {});
      }
    } catch (error) {
      failure = String(error);
      throw error;
    }
  });

  /** Everything but `recordedAt` follows from the round time and from what stands before it: a tick sent twice, or late by one who froze, is there once or refused. */
  async function tick(slot: number, after: bigint): Promise<LastTick> {
    const at = new Date(slot).toISOString();
    const commandId = commandIdOf('passbook', CLOCK_STREAM, at);
    const sealed = await codec.seal([{
      id: eventIdOf(commandId, 0),
      event: { type: ClockTicked.type, data: { at } },
      metadata: {
        commandId, $correlationId: commandId, $causationId: commandId, actor: { id: 'passbook', role: 'system', channel: 'system' }, schemaVersion: ClockTicked.version, recordedAt: now().toISOString(),
      },
    }]);
    try {
      const { revision } = await eventStore.append(CLOCK_STREAM, sealed, after < 0n ? 'no-stream' : after);
      return { revision, at: slot };
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version')) throw error;
      return await lastTick(eventStore);
    }
  }

  return {
    check() {
      if (failure !== undefined) throw new Error(`the bank's clock stands still: ${failure}`);
    },
    stop: () => leased.stop(),
  };
}

async function lastTick(eventStore: EventStore): Promise<LastTick> {
  try {
    for await (const { revision, data } of eventStore.readStream(CLOCK_STREAM, { direction: 'backwards', limit: 1 }))
      return { revision, at: Date.parse((data as ClockEvent['data']).at) };
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  return NONE;
}
