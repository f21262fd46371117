import { spawnSync } from 'node:child_process';
import { lchownSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PartFailure } from '../processes/part-failure.js';

/**
 * How Postgres, which refuses to be root and wants a user with a name, is started:
 * - `self`: as the user we are.
 * - `namespace`: in a user namespace where we appear as an ordinary user. Files stay ours, so folders of mode 0700 are no obstacle.
 * - `capability`: as another user that keeps the one right to pass folders it does not own (hosts that forbid user namespaces).
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace'; readonly uid: number }
  | { readonly kind: 'capability'; readonly uid: number; readonly gid: number };

export type RunAsKind = RunAs['kind'];

interface User { readonly uid: number; readonly gid: number }

/**
 * @param only restricts the choice (tests)
 * @throws PartFailure when this host allows none, naming what was tried
 */
export const chooseRunAs = (only?: RunAsKind): RunAs => {
  const uid = process.getuid?.();
  const users = readUsers();
  const isNamed = uid === undefined || process.platform !== 'linux' || users.some((user) => user.uid === uid);
  if (uid !== 0 && isNamed && (only ?? 'self') === 'self') return { kind: 'self' };

  // 65534 is also how an unmapped owner looks inside a namespace: any other name is better.
  const ordinary = users.filter((user) => user.uid !== 0).sort((a, b) => Number(a.uid === 65_534) - Number(b.uid === 65_534));
  const user = ordinary[0];
  if (user === undefined) throw new PartFailure('Postgres refuses to run as root, and this system has no other user (see /etc/passwd)');
  const candidates: RunAs[] = [{ kind: 'namespace', uid: user.uid }];
  if (uid === 0) candidates.push({ kind: 'capability', ...user });
  for (const candidate of candidates) {
    if ((only ?? candidate.kind) === candidate.kind && works(candidate)) return candidate;
  }
  throw new PartFailure(
    `Postgres refuses to run as ${uid === 0 ? 'root' : `a user without a name (uid ${uid})`}, and this host allows neither a user namespace (unshare)`
    + `${uid === 0 ? ' nor another user with the capability to pass closed folders (setpriv)' : ''}: `
    + 'run as an ordinary user, or set PASSBOOK_POSTGRES_URL to a Postgres of your own');
};

/** The command line that runs `program` so; exec all the way down, so that the child's pid is the program's. */
export const commandFor = (runAs: RunAs, program: string, args: readonly string[]): [command: string, args: string[]] => {
  switch (runAs.kind) {
    case 'self': return [program, [...args]];
    case 'namespace': return ['unshare', ['--user', `--map-user=${runAs.uid}`, `--map-group=${runAs.uid}`, '--', program, ...args]];
    case 'capability': return ['setpriv', [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups',
      '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--', program, ...args]];
  }
};

/** Gives the folder and all in it to the user that Postgres will be: it opens no file of another's. Another host may have chosen another way before. */
export const giveTo = (runAs: RunAs, folder: string): void => {
  if (process.getuid?.() !== 0) return;
  const owner = runAs.kind === 'capability' ? runAs : { uid: 0, gid: 0 };
  const give = (entry: string): void => { if (lstatSync(entry).uid !== owner.uid) lchownSync(entry, owner.uid, owner.gid); };
  give(folder);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) give(path.join(folder, entry));
};

const works = (runAs: RunAs): boolean => {
  const [command, args] = commandFor(runAs, 'true', []);
  return spawnSync(command, args, { stdio: 'ignore', timeout: 5_000 }).status === 0;
};

const readUsers = (): User[] => {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).filter((fields) => fields.length >= 4)
      .map((fields) => ({ uid: Number(fields[2]), gid: Number(fields[3]) }));
  } catch {
    return [];
  }
};
