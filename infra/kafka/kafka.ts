import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { checkoutRoot } from '../checkout.js';
import { keptPorts } from '../processes/loopback-ports.js';
import { PartFailure } from '../processes/part-failure.js';
import { startPart, type PartOptions, type RunningPart } from '../processes/running-part.js';
import { demandTools } from '../real-parts.js';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import { brokerProperties, type BrokerStores } from './broker-properties.js';
import { ensureKafkaJars } from './jars.js';

/** `brokers` is `127.0.0.1:port`, the form of PASSBOOK_KAFKA_BROKERS; the same after a restart. */
export type RunningKafka = RunningPart & { readonly brokers: string };

/** The JVM settings of a broker for one machine: small heap, serial collector, first compiler only. */
const JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true'];

/** Starts a real Kafka (KRaft, one broker) on free ports of 127.0.0.1. Needs Java, and Maven the first time. @throws PartFailure */
export const startKafka = ({ tls, ...options }: PartOptions & { readonly tls?: TlsFiles | undefined }): Promise<RunningKafka> => startPart('Kafka', options, async (dataDir) => {
  demandTools('kafka');
  const classpath = path.join(await ensureKafkaJars(options.logger), '*');
  const [brokerPort, controllerPort] = await keptPorts(path.join(dataDir, 'ports.json'), 2) as [number, number];
  const logDir = path.join(dataDir, 'log');
  const properties = path.join(dataDir, 'server.properties');
  writeFileSync(properties, brokerProperties(logDir, brokerPort, controllerPort, tls && stores(dataDir, tls)), { mode: 0o600 });
  if (!existsSync(path.join(logDir, 'meta.properties'))) await format(classpath, properties);
  return {
    address: { brokers: `127.0.0.1:${brokerPort}` },
    command: 'java',
    args: [...JVM, `-Dlog4j.configuration=${log4j}`, '-cp', classpath, 'kafka.Kafka', properties],
    ladder: [['SIGTERM', 20_000], ['SIGKILL', 10_000]],
    readyWithinMs: 90_000,
    isReady: (logged) => logged.includes('Kafka Server started'),
  };
});

/** A broker wants key and certificate in one file. */
function stores(dataDir: string, { caFile, certFile, keyFile }: TlsFiles): BrokerStores {
  const keystore = path.join(dataDir, 'keystore.pem');
  writeFileSync(keystore, `${readFileSync(keyFile, 'utf8')}${readFileSync(certFile, 'utf8')}`, { mode: 0o600 });
  return { keystore, truststore: caFile };
}

const log4j = pathToFileURL(path.join(checkoutRoot, 'infra', 'kafka', 'log4j.properties')).href;

const format = async (classpath: string, properties: string): Promise<void> => {
  const clusterId = randomBytes(16).toString('base64url');
  try {
    await promisify(execFile)('java', [...JVM, `-Dlog4j.configuration=${log4j}`, '-cp', classpath, 'kafka.tools.StorageTool',
      'format', `--cluster-id=${clusterId}`, '--config', properties, '--ignore-formatted']);
  } catch (error) {
    throw new PartFailure(`Kafka's storage could not be formatted: ${(error as { stderr?: string }).stderr || String(error)}`);
  }
};
