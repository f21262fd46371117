import { distance } from 'fastest-levenshtein';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { TlsFiles } from '../tls/tls-files.js';
import { checkRedisUrl, eventStoreUrlWith, postgresUrlWith, tlsFilesOf } from './tls.js';
import { blobDirIn, erasureBackupsDirIn, notaryHeadsDirIn, notaryKeyFileIn, rootKeyFileIn, variables, type BlobUrl, type Variable } from './variables.js';

type Table = typeof variables;
type Setting<Entry extends Variable> = z.output<Entry['schema']> | (Entry extends { byDefault: string } ? never : undefined);

/** What a process was told from outside: read once, typed, frozen. Where a part's URL is absent the embedded part is used. */
export type Config = Readonly<Omit<{ [Key in keyof Table]: Setting<Table[Key]> }, PlacedPath>> & Readonly<Record<PlacedPath, string>> & Encrypted;

/** Set together, or not at all. */
interface Encrypted {
  readonly tls?: TlsFiles;
  /** Of the HTTP listener. */
  readonly httpTls?: TlsFiles;
}

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
  if (faults.length === 0) checkProvider(settings, faults);
  if (faults.length === 0) checkBlobUrl(settings, faults);
  const encrypted = faults.length === 0 ? encryptedBy(settings, faults) : {};
  if (faults.length > 0) throw new ConfigFault(faults);
  const dataDir = resolve(settings['dataDir'] as string);
  const placed = (key: PlacedPath, byDefault: string): string => resolve((settings[key] as string | undefined) ?? byDefault);
  return Object.freeze({
    ...settings, ...encrypted, dataDir,
    blobDir: placed('blobDir', blobDirIn(dataDir)),
    rootKeyFile: placed('rootKeyFile', rootKeyFileIn(dataDir)),
    notaryKeyFile: placed('notaryKeyFile', notaryKeyFileIn(dataDir)),
    notaryHeadsDir: placed('notaryHeadsDir', notaryHeadsDirIn(dataDir)),
    erasureBackupsDir: placed('erasureBackupsDir', erasureBackupsDirIn(dataDir)),
  }) as unknown as Config;
}

function checkProvider(settings: Record<string, unknown>, faults: string[]): void {
  const told = (...keys: (keyof Table)[]): number => keys.filter((key) => settings[key] !== undefined).length;
  const parts = told('oidcIssuer', 'oidcClientId', 'oidcClientSecretFile');
  if (parts === 1 || parts === 2) faults.push('PASSBOOK_OIDC_ISSUER, PASSBOOK_OIDC_CLIENT_ID and PASSBOOK_OIDC_CLIENT_SECRET_FILE go together: set all three or none');
  if (parts === 0 && told('oidcRedirectUrl', 'oidcSecondFactor') > 0) faults.push('PASSBOOK_OIDC_REDIRECT_URL and PASSBOOK_OIDC_SECOND_FACTOR need PASSBOOK_OIDC_ISSUER');
}

/** Where parts speak TLS, none is left out. */
function checkBlobUrl(settings: Record<string, unknown>, faults: string[]): void {
  const blobUrl = settings['blobUrl'] as BlobUrl | undefined;
  if (settings['tlsCaFile'] !== undefined && blobUrl?.endpoint.startsWith('http:')) faults.push('PASSBOOK_BLOB_URL must be https where PASSBOOK_TLS_CA_FILE is set');
}

/** What TLS makes of the settings: the files, and the parts' URLs with them. */
function encryptedBy(settings: Record<string, unknown>, faults: string[]): Encrypted & { readonly eventStoreUrl?: string; readonly postgresUrl?: string } {
  const text = (key: keyof Table): string | undefined => settings[key] as string | undefined;
  const tls = tlsFilesOf({ caFile: text('tlsCaFile'), certFile: text('tlsCertFile'), keyFile: text('tlsKeyFile') }, faults);
  const [certFile, keyFile] = [text('httpTlsCertFile'), text('httpTlsKeyFile')];
  if ((certFile === undefined) !== (keyFile === undefined)) faults.push('PASSBOOK_HTTP_TLS_CERT_FILE and PASSBOOK_HTTP_TLS_KEY_FILE go together');
  if (tls === undefined) {
    if (certFile !== undefined || settings['httpClientCertificates'] === 'required') faults.push('PASSBOOK_HTTP_TLS_CERT_FILE and PASSBOOK_HTTP_CLIENT_CERTIFICATES need PASSBOOK_TLS_CA_FILE');
    return {};
  }
  const [eventStoreUrl, postgresUrl, redisUrl] = [text('eventStoreUrl'), text('postgresUrl'), text('redisUrl')];
  if (redisUrl !== undefined) checkRedisUrl(redisUrl, faults);
  if (text('tracesUrl')?.startsWith('http://') === true) faults.push('PASSBOOK_TRACES_URL must begin with https://: PASSBOOK_TLS_CA_FILE is set: nothing goes over the network in plain text');
  return {
    tls: Object.freeze(tls),
    httpTls: Object.freeze(certFile === undefined || keyFile === undefined ? tls : { caFile: tls.caFile, certFile: resolve(certFile), keyFile: resolve(keyFile) }),
    ...(eventStoreUrl !== undefined && { eventStoreUrl: eventStoreUrlWith(tls, eventStoreUrl, faults) }),
    ...(postgresUrl !== undefined && { postgresUrl: postgresUrlWith(tls, postgresUrl, faults) }),
  };
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
