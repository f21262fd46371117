import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { endProcess, type Ladder } from './end-process.js';
import { PartFailure } from './part-failure.js';
import { isStillRunning, processIdentity } from './process-identity.js';

export interface PartCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Holds `<name>.log` and `<name>.pid.json`. Owned by the caller (takeOwnership). */
  readonly dataDir: string;
  /** Asked every 50 ms with what was logged since this start. */
  readonly isReady: (logged: string) => boolean | Promise<boolean>;
  readonly readyWithinMs: number;
  readonly ladder: Ladder;
  readonly logger: Logger;
}

export interface PartProcess {
  readonly pid: number;
  /** Resolves when it has ended, asked to or not. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill9(): Promise<void>;
}

/** Runs an outside server as a child, in its own process group, logging to a file. Ends first what a killed parent left running here. */
export const startPartProcess = async (part: PartCommand): Promise<PartProcess> => {
  const { name, dataDir, logger } = part;
  const pidFile = pidFileOf(dataDir, name);
  await endLeftover(dataDir, name, part.ladder, logger);
  const logFile = path.join(dataDir, `${name}.log`);
  const log = openSync(logFile, 'w', 0o600);
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], JAVA_HOME: process.env['JAVA_HOME'], LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
  const child = spawn(part.command, part.args, { stdio: ['ignore', log, log], cwd: dataDir, detached: true, env: environment });
  closeSync(log);
  let spawnError: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => { spawnError = error; resolve(); });
  });
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (identity !== undefined) writeFileSync(pidFile, JSON.stringify({ pid: identity.pid, startedAt: identity.startedAt }), { mode: 0o600 });
  const end = async (ladder: Ladder): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await endProcess(child.pid, ladder);
    await exited;
    rmSync(pidFile, { force: true });
  };

  const deadline = Date.now() + part.readyWithinMs;
  for (;;) {
    const logged = readFileSync(logFile, 'utf8');
    if (spawnError !== undefined) throw new PartFailure(`${name} could not be run: ${spawnError.message}`);
    if (child.exitCode !== null || child.signalCode !== null) throw new PartFailure(`${name} did not start on ${dataDir}: ${tail(logged)}`);
    if (await part.isReady(logged)) break;
    if (Date.now() > deadline) {
      await end(part.ladder);
      throw new PartFailure(`${name} was not ready within ${part.readyWithinMs / 1000} seconds: ${tail(logged)}`);
    }
    await pause(50);
  }
  if (child.pid === undefined) throw new Error('a running child has a pid');
  logger.info({ part: name, pid: child.pid }, `${name} is ready`);
  return { pid: child.pid, exited, stop: () => end(part.ladder), kill9: () => end([['SIGKILL', 10_000]]) };
};

/** Ends the part that a killed parent left running on this data directory, if it is still the same process. */
export const endLeftover = async (dataDir: string, name: string, ladder: Ladder, logger: Logger): Promise<void> => {
  let left: { pid: number; startedAt: string };
  try {
    left = JSON.parse(readFileSync(pidFileOf(dataDir, name), 'utf8')) as { pid: number; startedAt: string };
  } catch {
    return;
  }
  if (!isStillRunning(left)) return;
  logger.warn({ part: name, pid: left.pid }, `a ${name} of a process that was killed still runs on this data directory: ending it`);
  await endProcess(left.pid, ladder);
};

const pidFileOf = (dataDir: string, name: string): string => path.join(dataDir, `${name}.pid.json`);

const tail = (log: string): string => log.trim().split('\n').slice(-15).join('\n');
