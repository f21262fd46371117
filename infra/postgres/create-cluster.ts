import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { PartFailure } from '../processes/part-failure.js';
import { POSTGRES_MAJOR, type PostgresBinaries } from './binaries.js';
import { commandFor, giveTo, type RunAs } from './run-as.js';

/** Written last, before the folder gets its final name: what carries it is whole. */
const MARKER = 'passbook-cluster.json';

/** The layout of a data directory. */
export const clusterPaths = (dataDir: string): { cluster: string; password: string; log: string; port: string } => ({
  cluster: path.join(dataDir, 'cluster'),
  password: path.join(dataDir, 'password'),
  log: path.join(dataDir, 'postgres.log'),
  port: path.join(dataDir, 'port'),
});

/**
 * Makes the cluster unless a whole one is there. What an interrupted creation left is removed (it had another name and held nothing);
 * a damaged folder under the final name is moved aside, never deleted.
 * @throws PartFailure for a cluster of another version or of another program
 */
export const ensureCluster = (dataDir: string, binaries: PostgresBinaries, runAs: RunAs, logger: Logger): void => {
  const { cluster, password } = clusterPaths(dataDir);
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith('cluster.new-')) {
      logger.warn({ folder: name }, 'removing what an interrupted creation of the Postgres data directory left');
      rmSync(path.join(dataDir, name), { recursive: true, force: true });
    }
  }
  if (existsSync(cluster)) {
    if (isWhole(cluster)) {
      if (!existsSync(password)) throw new PartFailure(`the password file ${password} is gone: without it the data in ${cluster} cannot be opened`);
      giveTo(runAs, cluster);
      return;
    }
    const aside = `${cluster}.damaged-${Date.now()}`;
    logger.warn({ aside }, 'the Postgres data directory was half-written and holds no usable data: moved aside, a new one is made');
    renameSync(cluster, aside);
  }
  create(dataDir, binaries, runAs, logger);
};

const isWhole = (cluster: string): boolean => {
  const version = readOrEmpty(path.join(cluster, 'PG_VERSION')).trim();
  const hasControlFile = existsSync(path.join(cluster, 'global', 'pg_control'));
  if (version === '' || !hasControlFile) return false;
  if (version !== POSTGRES_MAJOR) throw new PartFailure(`${cluster} belongs to Postgres ${version}; this is ${POSTGRES_MAJOR}: choose another data directory`);
  if (!existsSync(path.join(cluster, MARKER))) throw new PartFailure(`${cluster} is a Postgres data directory that Passbook did not make: choose another`);
  return true;
};

const create = (dataDir: string, binaries: PostgresBinaries, runAs: RunAs, logger: Logger): void => {
  const { cluster, password } = clusterPaths(dataDir);
  const started = Date.now();
  const fresh = path.join(dataDir, `cluster.new-${process.pid}`);
  mkdirSync(fresh, { mode: 0o700 });
  giveTo(runAs, fresh);
  if (!existsSync(password)) writeFileSync(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  chmodSync(password, 0o600);
  let failure = initdb(binaries, runAs, fresh, password, 'C.UTF-8');
  // pg_trgm asks the C library which characters are letters; a system without this locale still sorts and folds right by the builtin one.
  if (failure?.includes('invalid locale name')) failure = initdb(binaries, runAs, fresh, password, 'C');
  if (failure !== undefined) {
    rmSync(fresh, { recursive: true, force: true });
    throw new PartFailure(`Postgres could not make its data directory in ${dataDir}: ${failure}`);
  }
  writeFileSync(path.join(fresh, MARKER), `${JSON.stringify({ madeBy: 'passbook', postgres: POSTGRES_MAJOR })}\n`, { mode: 0o600 });
  giveTo(runAs, fresh);
  renameSync(fresh, cluster);
  logger.info({ tookMs: Date.now() - started }, 'made the Postgres data directory');
};

/** Undefined when it worked, else what initdb said. */
const initdb = (binaries: PostgresBinaries, runAs: RunAs, folder: string, password: string, characterType: string): string | undefined => {
  const [command, args] = commandFor(runAs, binaries.initdb, [
    `--pgdata=${folder}`, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`, '--no-instructions',
    '--encoding=UTF8', '--locale=C', `--lc-ctype=${characterType}`, '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
  ]);
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment(), cwd: '/' });
  return result.status === 0 ? undefined : [result.error?.message, result.stderr, result.stdout].filter(Boolean).join('\n').trim();
};

/** Nothing of the caller's environment (PGDATA, PGPORT, LC_*) may change how the server behaves. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent',
});

export const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
