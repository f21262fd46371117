import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endProcess } from '../processes/end-process.js';
import { freePort, isPortFree } from '../processes/free-port.js';
import { asOwner } from '../processes/owner-lock.js';
import { PartFailure } from '../processes/part-failure.js';
import type { PartOptions } from '../processes/running-part.js';
import { locateBinaries } from './binaries.js';
import { clusterPaths, ensureCluster, readOrEmpty, serverEnvironment } from './create-cluster.js';
import { endOrphan, POSTGRES_LADDER } from './end-orphan.js';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import { tlsSettings } from './tls-settings.js';
import { chooseRunAs, commandFor, type RunAsKind } from './run-as.js';

export interface PostgresOptions extends PartOptions {
  /** Holds `cluster`, `password` (0600), `postgres.log`, the last port and the owner's pid. */
  readonly dataDir: string;
  /** Fails when taken. Without it: the port of the last start if still free, else any. */
  readonly port?: number | undefined;
  /** Server settings over the defaults, e.g. `{ max_connections: '300' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Nothing but TLS is spoken, and whoever connects shows a certificate besides the password. */
  readonly tls?: TlsFiles | undefined;
  /** Only for tests. */
  readonly runAs?: RunAsKind | undefined;
}

export interface RunningPostgres {
  /** Superuser URL of database `postgres` on 127.0.0.1 (with TLS: by its name, localhost), password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, asked to or not. */
  readonly exited: Promise<void>;
  /** Fast shutdown; the data directory is free afterwards. */
  stop(): Promise<void>;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '100', shared_buffers: '128MB',
  timezone: 'UTC', log_timezone: 'UTC', log_checkpoints: 'off',
  // A failing statement may hold personal data: it is never written to the log.
  log_min_error_statement: 'panic',
};

/** Starts the real Postgres that npm brought, on loopback, healing what a crash left behind. @throws PartFailure with what to do about it */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const { logger } = options;
  const dataDir = path.resolve(options.dataDir);
  return asOwner(dataDir, 'Postgres', async (release) => {
    const binaries = await locateBinaries();
    const runAs = chooseRunAs(options.runAs);
    const { cluster, password, log, port: portFile } = clusterPaths(dataDir);
    await endOrphan(cluster, logger);
    ensureCluster(dataDir, binaries, runAs, logger);
    const settings = { ...options.settings, ...(options.tls && tlsSettings(cluster, options.tls, runAs)) };
    for (let attempt = 1; ; attempt++) {
      const port = await choosePort(portFile, options.port);
      const [command, args] = commandFor(runAs, binaries.postgres, serverArguments(cluster, port, settings));
      const child = launch(log, command, args);
      const exited = new Promise<void>((resolve) => { child.once('exit', () => resolve()); child.once('error', () => resolve()); });
      const failure = await untilReady(child, cluster, log);
      if (failure === undefined && child.pid !== undefined) {
        const pid = child.pid;
        writeFileSync(portFile, `${port}\n`, { mode: 0o600 });
        void exited.then(release);
        logger.info({ pid, port, runAs: runAs.kind }, 'Postgres is ready');
        const url = `postgres://postgres:${readOrEmpty(password).trim()}@${options.tls ? 'localhost' : '127.0.0.1'}:${port}/postgres`;
        return { url, port, pid, exited, stop: async () => { await endProcess(pid, POSTGRES_LADDER); await exited; release(); } };
      }
      const isWorthRetrying = failure !== undefined && /Address already in use|pre-existing shared memory block/.test(failure) && options.port === undefined;
      if (attempt >= 5 || !isWorthRetrying) throw new PartFailure(`Postgres did not start on ${dataDir}: ${failure ?? 'it could not be run'}`);
      await pause(200 * attempt);
    }
  });
};

const choosePort = async (portFile: string, wanted: number | undefined): Promise<number> => {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new PartFailure(`port ${wanted} for Postgres is in use by another program: stop that, or choose another port`);
  }
  const last = Number(readOrEmpty(portFile));
  return last > 0 && await isPortFree(last) ? last : freePort();
};

const serverArguments = (cluster: string, port: number, settings: Readonly<Record<string, string>> = {}): string[] =>
  ['-D', cluster, '-p', String(port), ...Object.entries({ ...DEFAULTS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])];

const launch = (file: string, command: string, args: string[]): ChildProcess => {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 16 * 1024 * 1024) renameSync(file, `${file}.1`);
  // A file rather than a pipe: a server whose parent was killed goes on without a broken pipe. Its own group: Ctrl-C is for the parent, which stops it in order.
  const log = openSync(file, 'a', 0o600);
  chmodSync(file, 0o600);
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: serverEnvironment(), cwd: '/', detached: true });
  closeSync(log);
  return child;
};

/** Undefined once it accepts connections, else why it ended. The wait is long because recovery after a crash is part of it. */
const untilReady = async (child: ChildProcess, cluster: string, log: string): Promise<string | undefined> => {
  const logStart = readOrEmpty(log).length;
  let spawnError: string | undefined;
  child.once('error', (error) => { spawnError = error.message; });
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    if (spawnError !== undefined) return spawnError;
    if (child.exitCode !== null || child.signalCode !== null) return readOrEmpty(log).slice(logStart).trim() || `it ended with ${child.exitCode ?? child.signalCode}`;
    const lines = readOrEmpty(path.join(cluster, 'postmaster.pid')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return undefined;
    await pause(20);
  }
  if (child.pid !== undefined) await endProcess(child.pid, POSTGRES_LADDER);
  return 'it was not ready within 120 seconds';
};
