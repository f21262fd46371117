import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** `connections.json` (mode 0600) in the data folder: the environment of the running bank's roles, so that tools beside it reach the same parts. */
export type Connections = Readonly<Record<string, string>>;

const fileIn = (dataDir: string): string => path.join(dataDir, 'connections.json');

export function writeConnections(dataDir: string, environment: Connections): void {
  writeFileSync(`${fileIn(dataDir)}.new`, JSON.stringify(environment), { mode: 0o600 });
  renameSync(`${fileIn(dataDir)}.new`, fileIn(dataDir));
}

export function readConnections(dataDir: string): Connections | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Connections;
  } catch {
    return undefined;
  }
}
