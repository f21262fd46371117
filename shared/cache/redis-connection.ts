import { Redis, type RedisOptions } from 'ioredis';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from 'pino';

export interface RedisAccess {
  readonly url: string;
  /** For `rediss://`. */
  readonly tls?: ConnectionOptions;
}

/** A connection on which nothing waits: a command that cannot be sent, or is not answered within the deadline, fails. */
export function connectRedis({ url, tls }: RedisAccess, { deadlineMs, logger, scripts }: { readonly deadlineMs: number; readonly logger: Logger; readonly scripts: RedisOptions['scripts'] }): Redis {
  const redis = new Redis(url, {
    keyPrefix: 'passbook:',
    // The defaults queue commands while Redis is away and wait for a hung one without end.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    commandTimeout: deadlineMs,
    connectTimeout: 500,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    ...(tls && { tls }),
    ...(scripts && { scripts }),
  });
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'Redis is not reached'));
  return redis;
}

/** ioredis times commands only once they are sent. */
export async function withDeadline<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
