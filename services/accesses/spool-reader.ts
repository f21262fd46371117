import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Lines as they were written, with their bytes. */
export interface SpoolBatch {
  readonly lines: readonly string[];
  readonly bytes: number;
}

const READ_BYTES = 256 * 1024;

/** Reads a spool from its beginning to its present end, also while it is written. Files that are read and have a successor are deleted. */
export class SpoolReader {
  #file: { readonly name: string; readonly handle: FileHandle } | undefined;
  #offset = 0;
  #batch: SpoolBatch | undefined;

  constructor(private readonly folder: string) {}

  /** The next lines; the same ones again until they were `taken`. Undefined at the present end. */
  async next(): Promise<SpoolBatch | undefined> {
    while (!this.#batch) {
      const names = await this.#names();
      if (!this.#file) {
        const [first] = names;
        if (first === undefined) return undefined;
        this.#file = { name: first, handle: await open(path.join(this.folder, first), 'r') };
        this.#offset = 0;
      }
      // Asked for before the file is read: when there is a successor, nothing more comes into this one.
      const hasSuccessor = names.some((name) => name > this.#file!.name);
      const batch = await this.#read(this.#file.handle, READ_BYTES);
      if (batch) this.#batch = batch;
      else if (hasSuccessor) await this.#finishFile();
      else return undefined;
    }
    return this.#batch;
  }

  taken(): void {
    this.#offset += this.#batch?.bytes ?? 0;
    this.#batch = undefined;
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
    this.#batch = undefined;
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter((name) => name.endsWith('.jsonl')).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Whole lines only: one that is not ended is being written, or was cut off with its process and never answered. */
  async #read(file: FileHandle, most: number): Promise<SpoolBatch | undefined> {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, this.#offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    if (end === 0) return bytesRead === most ? this.#read(file, most * 4) : undefined;
    return { lines: buffer.toString('utf8', 0, end - 1).split('\n'), bytes: end };
  }

  async #finishFile(): Promise<void> {
    const { name, handle } = this.#file!;
    this.#file = undefined;
    await handle.close();
    await rm(path.join(this.folder, name), { force: true });
  }
}
