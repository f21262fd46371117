import { mkdir, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Files of lines that outlive this process; `shipping.ts` carries them into the log. One process writes a spool, and never another after it. */
export interface SpoolOptions {
  /** Of all spools. */
  readonly folder: string;
  readonly id: string;
  /** More than this unshipped is refused. */
  readonly mostBytes: number;
  /** A file that has grown so large is followed by another, so that what was shipped can be deleted. */
  readonly fileBytes?: number;
  readonly owner: SpoolOwner;
}

/** The process that writes a spool, told apart from a later one with the same pid. */
export interface SpoolOwner {
  readonly pid: number;
  readonly startedAt: string;
}

export class SpoolFull extends Error {
  override readonly name = 'SpoolFull';
}

const FILE_BYTES = 8_000_000;
export const OWNER_FILE = 'owner.json';

/** The first number of a file is its name, so that files sort as they were written. */
export const spoolFileName = (first: number): string => `${String(first).padStart(12, '0')}.jsonl`;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Spool {
  /** Bytes written and not yet shipped. */
  unshippedBytes = 0;
  /** Why the last write failed. */
  failure: string | undefined;
  #next = 1;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #closed = false;

  private constructor(readonly id: string, readonly folder: string, private readonly mostBytes: number, private readonly maxFileBytes: number) {}

  static async create({ folder, id, mostBytes, fileBytes = FILE_BYTES, owner }: SpoolOptions): Promise<Spool> {
    const own = path.join(folder, id);
    // Named only once it says whose it is: others look for what nobody has any more.
    const unnamed = path.join(folder, `new-${id}`);
    await mkdir(unnamed, { recursive: true, mode: 0o700 });
    await writeFile(path.join(unnamed, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
    await rename(unnamed, own);
    return new Spool(id, own, mostBytes, fileBytes);
  }

  /**
   * Takes a line, which is told its number. Resolves once the operating system has it: it then outlives this process, however that ends. What gathers during a
   * write is written together. @throws SpoolFull, or what the file system says; the line may then be there or not
   */
  append(lineOf: (number: number) => string): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the access log is closed: nothing is told without a record'));
    if (this.isFull) return Promise.reject(new SpoolFull(`${this.unshippedBytes + this.#waitingBytes} bytes of the access log wait to be stored`));
    const line = `${lineOf(this.#next++)}\n`;
    this.#waitingBytes += line.length;
    const appended = new Promise<void>((resolve, reject) => this.#waiting.push({ line, resolve, reject }));
    this.#writing ??= this.#write();
    return appended;
  }

  get isFull(): boolean {
    return this.unshippedBytes + this.#waitingBytes >= this.mostBytes;
  }

  shipped(bytes: number): void {
    this.unshippedBytes -= bytes;
  }

  /** Everything taken is written; nothing is taken any more. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing) await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    // What comes in the same turn of the loop goes along.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      const bytes = Buffer.from(group.map(({ line }) => line).join(''));
      this.unshippedBytes += bytes.length;
      try {
        await this.#writeWhole(bytes);
        this.failure = undefined;
        for (const { resolve } of group) resolve();
      } catch (error) {
        this.failure = String(error);
        this.unshippedBytes -= bytes.length;
        // Half a line may stand at its end: nothing is written behind it.
        await this.#file?.close().catch(() => undefined);
        this.#file = undefined;
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #writeWhole(bytes: Buffer): Promise<void> {
    if (this.#file && this.#fileBytes >= this.maxFileBytes) {
      await this.#file.close();
      this.#file = undefined;
    }
    if (!this.#file) {
      this.#file = await open(path.join(this.folder, spoolFileName(this.#next)), 'ax', 0o600);
      this.#fileBytes = 0;
    } else if ((await this.#file.stat()).nlink === 0) throw new Error('somebody has taken this spool away');
    for (let from = 0; from < bytes.length; ) from += (await this.#file.write(bytes, from)).bytesWritten;
    this.#fileBytes += bytes.length;
  }
}

/** Who writes a spool; undefined where that cannot be read any more. */
export async function ownerOf(folder: string): Promise<SpoolOwner | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, OWNER_FILE), 'utf8')) as SpoolOwner;
  } catch {
    return undefined;
  }
}

export const removeSpool = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
