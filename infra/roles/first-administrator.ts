import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const firstAdministratorFile = (dataDir: string): string => path.join(dataDir, 'first-administrator');

/** Once somebody administers it: the token opens nothing any more. */
export const withdrawFirstAdministrator = (dataDir: string): Promise<void> => rm(firstAdministratorFile(dataDir), { force: true });

/** While nobody administers the bank, the token with which somebody may begin to lies in a file that only its owner reads. */
export async function offerFirstAdministrator(token: string | undefined, dataDir: string): Promise<void> {
  const file = firstAdministratorFile(dataDir);
  if (token === undefined) return withdrawFirstAdministrator(dataDir);
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
}
