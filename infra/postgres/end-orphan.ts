import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { endProcess, type Ladder } from '../processes/end-process.js';
import { processIdentity } from '../processes/process-identity.js';
import { readOrEmpty } from './create-cluster.js';

/** Fast shutdown first (rolls back, writes a checkpoint), then immediate (recovers at the next start), then the hard way. */
export const POSTGRES_LADDER: Ladder = [['SIGINT', 15_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]];

/**
 * Ends a Postgres that a killed parent left on this cluster, and clears a lock file whose pid now belongs to a stranger.
 * Called only by the owner of the data directory. A process is ours when it works in this very folder.
 */
export const endOrphan = async (cluster: string, logger: Logger): Promise<void> => {
  if (!existsSync(cluster)) return;
  const lockFile = path.join(cluster, 'postmaster.pid');
  const pid = Number(readOrEmpty(lockFile).split('\n')[0]);
  if (Number.isInteger(pid) && pid > 1 && isServerOf(pid, cluster)) {
    logger.warn({ pid }, 'a Postgres of a process that was killed still runs on this data directory: ending it');
    await endProcess(pid, POSTGRES_LADDER);
  }
  // Backends outlive a postmaster that was killed by a moment; with its lock file gone nothing else would hold a new server back.
  for (const left of serversOf(cluster)) await endProcess(left, [['SIGQUIT', 5_000], ['SIGKILL', 5_000]]);
  if (Number.isInteger(pid) && pid > 0 && isPidTaken(pid)) rmSync(lockFile, { force: true });
};

/** By a stranger, or by a dead process nobody has buried (a container without an init): Postgres takes both for a living server. */
const isPidTaken = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const isServerOf = (pid: number, cluster: string): boolean => {
  const identity = processIdentity(pid);
  if (identity === undefined) return false;
  if (identity.workingDirectory !== undefined) return identity.workingDirectory === realpathSync(cluster);
  const command = identity.args.join(' ');
  return command.includes('postgres') && command.includes(cluster);
};

const serversOf = (cluster: string): number[] =>
  process.platform === 'linux'
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => pid !== process.pid && isServerOf(pid, cluster)
      && (processIdentity(pid)?.args.join(' ').includes('postgres') ?? false))
    : [];
