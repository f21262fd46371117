import { distance } from 'fastest-levenshtein';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { blobDirIn, erasureBackupsDirIn, notaryHeadsDirIn, notaryKeyFileIn, rootKeyFileIn, variables, type Variable } from './variables.js';

type Table = typeof variables;
type Setting<Entry extends Variable> = z.output<Entry['schema']> | (Entry extends { byDefault: string } ? never : undefined);

/** What a process was told from outside: read once, typed, frozen. Where a part's URL is absent the embedded part is used. */
export type Config = Readonly<Omit<{ [Key in keyof Table]: Setting<Table[Key]> }, PlacedPath>> & Readonly<Record<PlacedPath, string>>;

/** Paths that stand in the data folder unless they are told. */
type PlacedPath = 'blobDir' | 'rootKeyFile' | 'notaryKeyFile' | 'notaryHeadsDir' | 'erasureBackupsDir';

/** Every fault of the environment at once, a line each, each naming its variable; values are not repeated, because they may be secrets. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  constructor(readonly faults: readonly string[]) {
    super(`the configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads PASSBOOK_* and nothing else. An empty variable counts as unset. Throws ConfigFault. */
export function loadConfig(environment: Environment = process.env): Config {
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries<Variable>(variables)) {
    const text = environment[variable.name]?.trim() || variable.byDefault;
    if (text === undefined) continue;
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) settings[key] = Object.freeze(parsed.data);
    else faults.push(...parsed.error.issues.map((issue) => `${variable.name} ${issue.message}`));
  }
  faults.push(...unknownNames(environment));
  if (faults.length > 0) throw new ConfigFault(faults);
  const dataDir = resolve(settings['dataDir'] as string);
  const placed = (key: PlacedPath, byDefault: string): string => resolve((settings[key] as string | undefined) ?? byDefault);
  return Object.freeze({
    ...settings, dataDir,
    blobDir: placed('blobDir', blobDirIn(dataDir)),
    rootKeyFile: placed('rootKeyFile', rootKeyFileIn(dataDir)),
    notaryKeyFile: placed('notaryKeyFile', notaryKeyFileIn(dataDir)),
    notaryHeadsDir: placed('notaryHeadsDir', notaryHeadsDirIn(dataDir)),
    erasureBackupsDir: placed('erasureBackupsDir', erasureBackupsDirIn(dataDir)),
  }) as unknown as Config;
}

/** The configuration for a log line: secrets, and URLs that may carry one, only as "set". */
export const forLog = (config: Config): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [key, isSecret(key) ? 'set' : value]));

const isSecret = (key: string): boolean => (variables as Record<string, Variable>)[key]?.secret === true;

/** A mistyped name would otherwise silently leave the default in force. PASSBOOK_TEST_* belongs to the test runner. */
function unknownNames(environment: Environment): string[] {
  const known: readonly string[] = Object.values<Variable>(variables).map(({ name }) => name);
  return Object.keys(environment)
    .filter((name) => name.startsWith('PASSBOOK_') && !name.startsWith('PASSBOOK_TEST_') && !known.includes(name))
    .sort()
    .map((name) => {
      const nearest = known.reduce((best, candidate) => (distance(name, candidate) < distance(name, best) ? candidate : best));
      return `${name} is not a variable of Passbook${distance(name, nearest) <= 5 ? `; did you mean ${nearest}?` : ''}`;
    });
}
