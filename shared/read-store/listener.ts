import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { quoteName, type Pool, type PoolClient } from './pool.js';

export interface Listener {
  stop(): Promise<void>;
}

/** Who waits for a projection says so here, and the projector hurries. */
export const WANTED = 'passbook_wanted';
/** The projector says here that a projection has moved, while somebody waits. */
export const REACHED = 'passbook_reached';

/** For a listener that must know when it may have missed something. */
export interface Watch {
  /** Called on the listening connection at once and then again after this many ms; what it throws breaks the connection. */
  whileListening(client: PoolClient): Promise<void>;
  readonly everyMs: number;
  /** Called before another connection listens. */
  broken(): void;
}

const AGAIN_AFTER_MS = 1_000;

/**
 * Hears a channel's notifications on a connection of its own, made anew when it breaks. Meanwhile notifications are missed: they may only hasten,
 * unless a `watch` is kept.
 */
export function listen(pool: Pool, channel: string, hear: (payload: string) => void, logger: Logger, watch?: Watch): Listener {
  const stopping = new AbortController();
  const running = keepListening();

  async function keepListening(): Promise<void> {
    while (!stopping.signal.aborted) {
      let client: PoolClient | undefined;
      try {
        client = await pool.connect();
        await untilBroken(client);
        client.release(true);
      } catch (error) {
        client?.release(true);
        watch?.broken();
        if (!stopping.signal.aborted) logger.warn({ err: error, channel }, 'not listening, trying again');
        await pause(AGAIN_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  async function untilBroken(client: PoolClient): Promise<void> {
    let broken = false;
    client.on('notification', ({ channel: on, payload = '' }) => {
      if (on === channel && !broken) hear(payload);
    });
    try {
      await listenOn(client);
    } finally {
      broken = true;
    }
  }

  async function listenOn(client: PoolClient): Promise<void> {
    await client.query(`LISTEN ${quoteName(channel)}`);
    await new Promise<void>((resolve, reject) => {
      client.once('error', reject);
      client.once('end', () => reject(new Error('the connection ended')));
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
      if (stopping.signal.aborted) resolve();
      if (watch) keepWatch(client, watch).then(resolve, reject);
    });
  }

  async function keepWatch(client: PoolClient, { whileListening, everyMs }: Watch): Promise<void> {
    while (!stopping.signal.aborted) {
      await whileListening(client);
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
