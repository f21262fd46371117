import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../../shared/files/sync-folder.js';
import { HeadTaken, type ExportedHead, type HeadExport } from './head-export.js';

const PER_FOLDER = 1_000;
const SUFFIX = '.checkpoint';

/**
 * Heads as files, a thousand in a folder: `000000000/000000000001.checkpoint`. In production the folder is a mount that the bank may add to and
 * nobody may change: write-once storage, another organisation's machine.
 */
export function headsFolder(root: string): HeadExport {
  const fileOf = (number: number): string => path.join(root, padded(Math.floor(number / PER_FOLDER), 9), `${padded(number, 12)}${SUFFIX}`);
  return {
    async newest() {
      for (const folder of (await numbersIn(root, '')).reverse()) {
        const newest = (await numbersIn(path.join(root, padded(folder, 9)), SUFFIX)).at(-1);
        if (newest !== undefined) return newest;
      }
      return 0;
    },

    async *read(from) {
      for (let number = Math.max(from, 1); ; number++) {
        const note = await textOf(fileOf(number));
        if (note === undefined) return;
        yield { number, note };
      }
    },

    async append({ number, note }: ExportedHead) {
      const file = fileOf(number);
      await mkdir(path.dirname(file), { recursive: true });
      // Written whole under another name, then linked: a number is taken by a complete note or by none, and never twice.
      const unfinished = `${file}.${randomUUID()}.unfinished`;
      try {
        await writeDurably(unfinished, note);
        await link(unfinished, file);
        await syncFolder(path.dirname(file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if ((await textOf(file)) !== note) throw new HeadTaken(number);
      } finally {
        await rm(unfinished, { force: true });
      }
    },
  };
}

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0');

/** Numbers that the folder's names begin with, ascending. */
async function numbersIn(folder: string, suffix: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    const numbered = names.filter((name) => name.endsWith(suffix) && /^\d+$/.test(name.slice(0, name.length - suffix.length)));
    return numbered.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
