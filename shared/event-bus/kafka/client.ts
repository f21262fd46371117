import kafkajs, { type Kafka, type logCreator } from 'kafkajs';
import type { Logger } from 'pino';
import type { ConnectionOptions } from 'node:tls';
import { stopIdleTimers } from './request-queue-patch.js';

export interface KafkaAccess {
  /** host:port */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  /** Of what fails to be reached; 8 where absent. */
  readonly retries?: number;
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };
}

export function createClient(access: KafkaAccess, logger: Logger): Kafka {
  stopIdleTimers();
  return new kafkajs.Kafka({
    clientId: access.clientId,
    brokers: [...access.brokers],
    ...(access.ssl !== undefined && { ssl: access.ssl }),
    ...(access.sasl && { sasl: { ...access.sasl } as never }),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: access.retries ?? 8 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: intoPino(logger),
  });
}

/** Each attempt at a broker that is away, ten a second: what comes of them is said by the session and the consumer. */
const CHATTER = ['Connection', 'BrokerPool', 'Producer'];

/** What kafkajs calls an error is mostly a broken connection that it mends itself. */
const intoPino =
  (logger: Logger): logCreator =>
  () =>
  ({ namespace, label, log: { message, timestamp: _, logger: __, ...rest } }) => {
    if ((label === 'ERROR' || label === 'WARN') && !CHATTER.includes(namespace)) logger.warn({ kafkajs: namespace, ...pick(rest) }, message);
    else logger.debug({ kafkajs: namespace, ...pick(rest) }, message);
  };

/** The rest may hold whole requests. */
const pick = ({ error, groupId, topic, partition, broker }: Record<string, unknown>): Record<string, unknown> => ({
  error,
  groupId,
  topic,
  partition,
  broker,
});

/** Rejects when the work takes longer; the work itself goes on unheeded. */
export async function within<T>(deadlineMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
