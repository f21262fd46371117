import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PartFailure } from './part-failure.js';
import { isStillRunning, processIdentity } from './process-identity.js';

/**
 * Lets one living process at a time own a data directory. A lock left by a process that was killed is taken over.
 * @throws PartFailure "already running (pid N)" while its owner lives
 */
export const takeOwnership = (dataDir: string, part: string): { release(): void } => {
  const file = ownerFile(dataDir);
  const self = processIdentity(process.pid);
  if (self === undefined) throw new Error('cannot identify this process');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const mine = JSON.stringify({ pid: self.pid, startedAt: self.startedAt });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return { release: () => { if (read(file) === mine) rmSync(file, { force: true }); } };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = parse(read(file));
    if (owner !== undefined && isStillRunning(owner)) {
      throw new PartFailure(`${part} is already running (pid ${owner.pid}) on ${dataDir}: stop that one first, or choose another data directory`);
    }
    rmSync(file, { force: true });
  }
  throw new PartFailure(`${part}: another program keeps taking ${file}`);
};

/** Starts a part as the owner of its data directory. Whoever gets the part gives the directory up by `release`; a failed start has given it up. */
export const asOwner = async <Part>(dataDir: string, part: string, start: (release: () => void) => Promise<Part>): Promise<Part> => {
  const { release } = takeOwnership(dataDir, part);
  try {
    return await start(release);
  } catch (error) {
    release();
    throw error;
  }
};

export const hasLivingOwner = (dataDir: string): boolean => {
  const owner = parse(read(ownerFile(dataDir)));
  return owner !== undefined && isStillRunning(owner);
};

const ownerFile = (dataDir: string): string => path.join(dataDir, 'owner.json');

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const parse = (text: string | undefined): { pid: number; startedAt: string } | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && 'pid' in value && 'startedAt' in value
      && typeof value.pid === 'number' && typeof value.startedAt === 'string' ? { pid: value.pid, startedAt: value.startedAt } : undefined;
  } catch {
    return undefined; // half-written by a process that was killed
  }
};
