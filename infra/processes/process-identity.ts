import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A running process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal exactly when it is the same process on the same boot. */
  readonly startedAt: string;
  readonly args: readonly string[];
  /** Absolute, where the system tells it (Linux). */
  readonly workingDirectory?: string | undefined;
}

/** Undefined when no such process runs; a zombie does not run. */
export const processIdentity = (pid: number): ProcessIdentity | undefined =>
  process.platform === 'linux' ? fromProc(pid) : fromPs(pid);

/** Whether the process written down earlier (pid and start) is still that process. */
export const isStillRunning = (recorded: { pid: number; startedAt: string }): boolean =>
  processIdentity(recorded.pid)?.startedAt === recorded.startedAt;

const fromProc = (pid: number): ProcessIdentity | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return {
      pid,
      startedAt: `${boot}/${fields[19]}`,
      args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter((arg) => arg !== ''),
      workingDirectory: workingDirectoryOf(pid),
    };
  } catch {
    return undefined;
  }
};

const workingDirectoryOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // another user's process
  }
};

const fromPs = (pid: number): ProcessIdentity | undefined => {
  try {
    const ask = (column: string): string =>
      execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    if (ask('stat').startsWith('Z')) return undefined;
    return { pid, startedAt: ask('lstart'), args: ask('args').split(' ') };
  } catch {
    return undefined;
  }
};
