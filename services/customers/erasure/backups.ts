import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where the backups of erased customers are. A backup is named by its content: a process that comes late replaces nothing. */
export interface Backups {
  /** On the disk whole before it resolves, or not there at all; its SHA-256, hex. */
  write(customerId: string, lines: AsyncIterable<string>): Promise<string>;
  read(customerId: string, sha256: string): AsyncIterable<string>;
  /** Removes all of the customer's, or all but one. */
  remove(customerId: string, except?: string): Promise<void>;
}

export function backupFolder(folder: string): Backups {
  const nameOf = (customerId: string, sha256: string): string => `${customerId}.${sha256.slice(0, 16)}.escrow`;
  return {
    async write(customerId, lines) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = path.join(folder, `${customerId}.draft-${randomUUID()}`);
      const hash = createHash('sha256');
      await synced(draft, 'wx', async (file) => {
        for await (const line of lines) {
          hash.update(line);
          await file.appendFile(line);
        }
      });
      const sha256 = hash.digest('hex');
      await rename(draft, path.join(folder, nameOf(customerId, sha256)));
      // The name as well must be on the disk before the key is destroyed.
      await synced(folder, 'r', async () => undefined);
      return sha256;
    },
    async *read(customerId, sha256) {
      const file = await open(path.join(folder, nameOf(customerId, sha256)));
      yield* file.readLines();
    },
    async remove(customerId, except) {
      const kept = except === undefined ? undefined : nameOf(customerId, except);
      for (const name of await namesIn(folder)) if (name.startsWith(`${customerId}.`) && name !== kept) await rm(path.join(folder, name), { force: true });
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function synced(name: string, flags: string, write: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const file = await open(name, flags, 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
