import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { syncFolder } from '../files/sync-folder.js';
import { RootKeyFault, type RootKey, type RootKeyStore } from './root-key.js';
import { KEY_BYTES } from './wrapping.js';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

const contentSchema = z.strictObject({ vaultId: z.uuid(), generation: z.int().min(1), key: z.base64() });

/**
 * The root key in a file of mode 0600. Destroying overwrites the bytes in place before the name goes; on disks that write elsewhere
 * (flash, copy-on-write file systems, snapshots) that is no proof, so the file belongs on an encrypted disk and into no backup.
 */
export function rootKeyFile(path: string): RootKeyStore {
  const current = resolve(path);
  const staged = `${current}.staged`;
  const unfinished = `${current}.unfinished`;
  return {
    place: current,

    async read() {
      // The staged one first: a promotion between the two reads then shows the same root twice, never none.
      const beside = await readRoot(staged);
      const root = await readRoot(current);
      return { ...(root && { current: root }), ...(beside && { staged: beside }) };
    },

    async stage({ vaultId, generation, key }) {
      await mkdir(dirname(current), { recursive: true, mode: 0o700 });
      await destroy(unfinished);
      const file = await open(unfinished, 'wx', OWNER_ONLY);
      try {
        await file.chmod(OWNER_ONLY);
        await file.writeFile(JSON.stringify({ vaultId, generation, key: key.toString('base64') }));
        await file.sync();
      } finally {
        await file.close();
      }
      await overwrite(staged);
      await rename(unfinished, staged);
      await syncFolder(dirname(current));
    },

    async promote() {
      // Overwritten first, renamed over second: a crash between leaves an unreadable current beside a good staged one.
      if ((await readRoot(staged)) === undefined) throw new RootKeyFault(`no root key is staged beside ${current}`);
      await overwrite(current);
      await rename(staged, current);
      await syncFolder(dirname(current));
      await destroy(unfinished);
    },

    async discard() {
      await destroy(staged);
      await destroy(unfinished);
    },
  };
}

/** Undefined where there is no file, or one whose content was destroyed. */
async function readRoot(path: string): Promise<RootKey | undefined> {
  const file = await openIfThere(path, 'r');
  if (!file) return undefined;
  try {
    const { mode } = await file.stat();
    if ((mode & OTHERS) !== 0)
      throw new RootKeyFault(`the root key ${path} has mode ${(mode & 0o777).toString(8)}: only its owner may read it (chmod 600)`);
    const parsed = contentSchema.safeParse(jsonOf(await file.readFile('utf8')));
    if (!parsed.success) return undefined;
    const key = Buffer.from(parsed.data.key, 'base64');
    return key.length === KEY_BYTES ? { ...parsed.data, key } : undefined;
  } finally {
    await file.close();
  }
}

async function destroy(path: string): Promise<void> {
  if (!(await overwrite(path))) return;
  await rm(path);
  await syncFolder(dirname(path));
}

/** False where there is no such file. */
async function overwrite(path: string): Promise<boolean> {
  const file = await openIfThere(path, 'r+');
  if (!file) return false;
  try {
    const { size } = await file.stat();
    await file.write(randomBytes(size), 0, size, 0);
    await file.sync();
    return true;
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string, flags: 'r' | 'r+'): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new RootKeyFault(`the root key ${path} cannot be opened: ${code}`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
