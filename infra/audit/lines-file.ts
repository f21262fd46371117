import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PartFailure } from '../processes/part-failure.js';

/**
 * Writes lines into a file (mode 0600) that bears its name only once it is whole; until then, and where the process is killed, it ends in
 * ".incomplete". Gives the number of lines; without any there is no file. @throws PartFailure where it cannot be written
 */
export async function writeLines(file: string, lines: AsyncIterable<string>): Promise<number> {
  const incomplete = `${file}.incomplete`;
  let count = 0;
  async function* text(): AsyncIterable<string> {
    for await (const line of lines) {
      count++;
      yield `${line}\n`;
    }
  }
  try {
    await pipeline(Readable.from(text()), createWriteStream(incomplete, { mode: 0o600 }));
    if (count > 0) await rename(incomplete, file);
    return count;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : new PartFailure(`${file} cannot be written: ${code}`, { cause: error });
  } finally {
    await rm(incomplete, { force: true });
  }
}
