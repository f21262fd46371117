import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { checkoutRoot } from '../checkout.js';
import { takeOwnership } from '../processes/owner-lock.js';
import { keptPorts } from '../processes/loopback-ports.js';
import { startPartProcess, type PartProcess } from '../processes/part-process.js';
import { PartFailure } from '../processes/part-failure.js';
import { missingTools } from '../real-parts.js';
import { brokerProperties } from './broker-properties.js';
import { ensureKafkaJars } from './jars.js';

export interface RunningKafka {
  /** `127.0.0.1:port`, the form of PASSBOOK_KAFKA_BROKERS; the same after a restart. */
  readonly brokers: string;
  readonly pid: number;
  /** Of the present process; a restart brings a new one. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** Stops it if it runs, and starts it again on the same ports and data. */
  restart(): Promise<void>;
}

/** The JVM settings of a broker for one machine: small heap, serial collector, first compiler only. */
const JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true'];

/** Starts a real Kafka (KRaft, one broker) on free ports of 127.0.0.1. Needs Java, and Maven the first time. @throws PartFailure */
export const startKafka = async (options: { readonly dataDir: string; readonly logger: Logger }): Promise<RunningKafka> => {
  const { logger } = options;
  const dataDir = path.resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const ownership = takeOwnership(dataDir, 'Kafka');
  try {
    const missing = missingTools().filter(({ part }) => part === 'kafka');
    if (missing.length > 0) throw new PartFailure(missing.map(({ message }) => message).join('\n'));
    const classpath = path.join(await ensureKafkaJars(logger), '*');
    const [brokerPort, controllerPort] = await keptPorts(path.join(dataDir, 'ports.json'), 2) as [number, number];
    const logDir = path.join(dataDir, 'log');
    const properties = path.join(dataDir, 'server.properties');
    writeFileSync(properties, brokerProperties(logDir, brokerPort, controllerPort), { mode: 0o600 });
    if (!existsSync(path.join(logDir, 'meta.properties'))) await format(classpath, properties);
    const launch = (): Promise<PartProcess> => startPartProcess({
      name: 'kafka', dataDir, logger, command: 'java', ladder: [['SIGTERM', 20_000], ['SIGKILL', 10_000]],
      args: [...JVM, `-Dlog4j.configuration=${log4j}`, '-cp', classpath, 'kafka.Kafka', properties],
      readyWithinMs: 90_000,
      isReady: (logged) => logged.includes('Kafka Server started'),
    });
    let current = await launch();
    return {
      brokers: `127.0.0.1:${brokerPort}`,
      get pid() { return current.pid; },
      get exited() { return current.exited; },
      stop: async () => { await current.stop(); ownership.release(); },
      kill9: () => current.kill9(),
      restart: async () => { await current.stop(); current = await launch(); },
    };
  } catch (error) {
    ownership.release();
    throw error;
  }
};

const log4j = pathToFileURL(path.join(checkoutRoot, 'infra', 'kafka', 'log4j.properties')).href;

const format = async (classpath: string, properties: string): Promise<void> => {
  const clusterId = randomBytes(16).toString('base64url');
  try {
    await promisify(execFile)('java', [...JVM, `-Dlog4j.configuration=${log4j}`, '-cp', classpath, 'kafka.tools.StorageTool',
      'format', '--cluster-id', clusterId, '--config', properties, '--ignore-formatted']);
  } catch (error) {
    throw new PartFailure(`Kafka's storage could not be formatted: ${(error as { stderr?: string }).stderr || String(error)}`);
  }
};
