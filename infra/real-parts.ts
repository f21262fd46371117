import { spawnSync } from 'node:child_process';
import { hasKafkaJars } from './kafka/jars.js';
import { PartFailure } from './processes/part-failure.js';

/** A program that a real part needs and this machine lacks. */
export interface MissingTool {
  readonly part: 'kafka' | 'redis';
  readonly tool: 'java' | 'mvn' | 'redis-server';
  /** One line for the person at the terminal. */
  readonly message: string;
}

type Probe = (command: string, argument: string) => string | undefined;

/** What keeps a real Kafka and a real Redis from running here; empty when nothing does. */
export const missingTools = (run: Probe = probe, kafkaIsCached: boolean = hasKafkaJars()): MissingTool[] => {
  const missing: MissingTool[] = [];
  const java = run('java', '-version');
  const javaMajor = Number(/version "(?:1\.)?(\d+)/.exec(java ?? '')?.[1]);
  if (java === undefined || !(javaMajor >= 11)) {
    const found = java === undefined ? 'no java on PATH' : `java on PATH is ${Number.isNaN(javaMajor) ? 'of an unknown version' : `version ${javaMajor}`}`;
    missing.push({ part: 'kafka', tool: 'java', message: `Kafka needs Java 11 or newer (${found}): on Debian, apt-get install default-jre-headless` });
  }
  if (!kafkaIsCached && run('mvn', '--version') === undefined) {
    missing.push({ part: 'kafka', tool: 'mvn', message: 'Kafka is fetched by Maven the first time (no mvn on PATH): on Debian, apt-get install maven' });
  }
  if (run('redis-server', '--version') === undefined) {
    missing.push({ part: 'redis', tool: 'redis-server', message: 'Redis needs redis-server on PATH: on Debian, apt-get install redis-server' });
  }
  return missing;
};

/** @throws PartFailure naming what this machine lacks for the part */
export const demandTools = (wanted: MissingTool['part']): void => {
  const missing = missingTools().filter(({ part }) => part === wanted);
  if (missing.length > 0) throw new PartFailure(missing.map(({ message }) => message).join('\n'));
};

/** What the program printed, undefined when it is not there or does not run. */
const probe: Probe = (command, argument) => {
  const result = spawnSync(command, [argument], { encoding: 'utf8', timeout: 30_000 });
  return result.status === 0 ? `${result.stdout}${result.stderr}` : undefined;
};
