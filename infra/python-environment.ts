import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot, checkoutRoot } from './checkout.js';

const run = promisify(execFile);

/** What could not be had, in words for whoever reads a test's report. */
export class NoPython extends Error {
  override readonly name = 'NoPython';
}

/** What the Python example needs (some 45 MB). @throws NoPython */
export const pythonOfExample = (): Promise<string> => pythonWith(path.join(checkoutRoot, 'examples', 'consumer-python', 'requirements.txt'));

/** The Python of a virtual environment with the packages of that file; made the first time, kept among the downloads. @throws NoPython */
export async function pythonWith(requirements: string): Promise<string> {
  const folder = path.join(cacheRoot, 'python', createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12));
  const python = path.join(folder, 'bin', 'python');
  const isWhole = path.join(folder, 'whole');
  if (existsSync(isWhole)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    // Not built elsewhere and moved: its programs hold the folder's name.
    await run('python3', ['-m', 'venv', folder], { timeout: 60_000 });
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--requirement', requirements], { timeout: 120_000 });
    mkdirSync(`${isWhole}.new`);
    renameSync(`${isWhole}.new`, isWhole);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new NoPython(`no Python with the packages of ${path.relative(checkoutRoot, requirements)} here: ${((error as { stderr?: string }).stderr || String(error)).trim().split('\n').slice(-3).join(' ')}`);
  }
  return python;
}
