import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import { cacheRoot, checkoutRoot } from '../checkout.js';
import { PartFailure } from '../processes/part-failure.js';

const POM = path.join(checkoutRoot, 'infra', 'kafka', 'pom.xml');

/** Changes with the pom, so that another list of jars never meets the old folder. */
const folder = (): string => {
  const pom = readFileSync(POM, 'utf8');
  const version = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(pom)?.[1] ?? 'unknown';
  return path.join(cacheRoot, 'kafka', `${version}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);
};

export const hasKafkaJars = (): boolean => existsSync(folder());

/**
 * The folder of the broker's jars; fetched by Maven the first time (about 46 MB).
 * @throws PartFailure with Maven's own words
 */
export const ensureKafkaJars = async (logger: Logger): Promise<string> => {
  const final = folder();
  if (existsSync(final)) return final;
  logger.info({ folder: final }, 'fetching Kafka from Maven Central (about 46 MB, once)');
  mkdirSync(path.dirname(final), { recursive: true });
  const fresh = `${final}.new-${process.pid}`;
  const output = await runMaven(fresh);
  if (!existsSync(fresh) || !readdirSync(fresh).some((name) => name.startsWith('kafka-server-'))) {
    rmSync(fresh, { recursive: true, force: true });
    throw new PartFailure(`Maven could not fetch Kafka: ${output.trim().split('\n').slice(-15).join('\n')}`);
  }
  try {
    renameSync(fresh, final);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(final)) throw error; // else another process was faster
  }
  return final;
};

/** Java takes the home folder from the user's entry and not from HOME, as everything else here does: a service account may have none. */
const javaHome = (): NodeJS.ProcessEnv => {
  try {
    if (userInfo().homedir === homedir()) return {};
  } catch {
    // a user without an entry
  }
  return { JDK_JAVA_OPTIONS: `"-Duser.home=${homedir()}"` };
};

const runMaven = (outputDirectory: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('mvn', ['--batch-mode', '--quiet', '-Dstyle.color=never', '--file', POM,
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${outputDirectory}`,
    ], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...javaHome() } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
    child.once('error', (error) => reject(new PartFailure(`Maven could not be run: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else {
        rmSync(outputDirectory, { recursive: true, force: true });
        reject(new PartFailure(`Maven could not fetch Kafka: ${output.trim().split('\n').slice(-15).join('\n')}`));
      }
    });
  });
