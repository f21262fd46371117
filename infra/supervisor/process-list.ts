import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { endProcess } from '../processes/end-process.js';
import { isStillRunning, processIdentity } from '../processes/process-identity.js';

export interface ListedProcess {
  readonly pid: number;
  readonly startedAt: string;
  /** Where a role that is ready has /health/live, /health/ready and /metrics. */
  readonly statusPort?: number;
}

/** `processes.json` in the data folder: the bank's processes by name, for those who want to see, to ask or to kill them. */
export type ProcessList = Readonly<Record<string, ListedProcess>>;

const fileIn = (dataDir: string): string => path.join(dataDir, 'processes.json');

interface Listed {
  readonly name: string;
  readonly pid: number | undefined;
  readonly statusPort?: number | undefined;
}

export function writeProcessList(dataDir: string, processes: readonly Listed[]): void {
  const list = Object.fromEntries(processes.flatMap(({ name, pid, statusPort }) => {
    const identity = pid === undefined ? undefined : processIdentity(pid);
    return identity ? [[name, { pid: identity.pid, startedAt: identity.startedAt, statusPort }]] : [];
  }));
  writeFileSync(`${fileIn(dataDir)}.new`, JSON.stringify(list), { mode: 0o600 });
  renameSync(`${fileIn(dataDir)}.new`, fileIn(dataDir));
}

export function readProcessList(dataDir: string): ProcessList {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as ProcessList;
  } catch {
    return {};
  }
}

/** Ends roles that outlived a supervisor that was killed: they stop by themselves, but a new start must not meet them. */
export async function endLeftoverRoles(dataDir: string, roles: readonly string[], logger: Logger): Promise<void> {
  const list = readProcessList(dataDir);
  for (const name of roles) {
    const left = list[name];
    if (!left || !isStillRunning(left)) continue;
    logger.warn({ role: name, pid: left.pid }, 'a role of a supervisor that was killed still runs; ending it');
    await endProcess(left.pid, [['SIGTERM', 5_000], ['SIGKILL', 5_000]]);
  }
}
