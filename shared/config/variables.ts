import { join } from 'node:path';
import { z } from 'zod';
import { defaultOwnChanges, OWN_CHANGES, type OwnChanges } from '../access/own-changes.js';
import { isAddressRange } from '../http/trusted-proxies.js';
import { parseMoney } from '../kernel/money.js';

/** One variable of the environment: everything Passbook can be told from outside stands in the table below and nowhere else. */
export interface Variable<Value = unknown> {
  readonly name: `PASSBOOK_${string}`;
  /** Text in, typed value out; the message says what is accepted. */
  readonly schema: z.ZodType<Value, string>;
  /** Text, as it would be set; absent: the setting is optional and unset. */
  readonly byDefault?: string;
  /** The default in words, where it depends on another variable. */
  readonly defaultInWords?: string;
  readonly describes: string;
  /** Never logged: a secret, or a URL that may carry one. */
  readonly secret?: true;
}

const variable = <Value, const Rest extends Omit<Variable, 'schema' | 'name'>>(name: Variable['name'], schema: z.ZodType<Value, string>, rest: Rest) =>
  ({ name, schema, ...rest });

const integer = (least: number, most: number) =>
  z.string().transform((text, context): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : fault(context, `must be a whole number from ${least} to ${most}`);
  });

const ratio = z.string().transform((text, context): number => (/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/.test(text) ? Number(text) : fault(context, 'must be a number from 0 to 1')));

/** Only the scheme is checked: several hosts in one URL, as EventStoreDB and Postgres take them, are no URL to WHATWG. */
const url = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)) && /:\/\/\S+$/.test(text), {
    message: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const brokers = z.string().transform((text, context): readonly string[] => {
  const list = text.split(',').map((broker) => broker.trim());
  return list.every((broker) => /^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(broker)) ? list : fault(context, 'must be host:port, several parted by commas');
});

/** mechanism:user:password */
const sasl = z.string().transform((text, context): KafkaSasl => {
  const [, mechanism, username, password] = /^(plain|scram-sha-256|scram-sha-512):([^:]+):(.+)$/.exec(text) ?? [];
  return mechanism === undefined
    ? fault(context, 'must be mechanism:user:password, the mechanism one of plain, scram-sha-256, scram-sha-512')
    : { mechanism: mechanism as KafkaSasl['mechanism'], username: username!, password: password! };
});

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface BlobUrl {
  readonly endpoint: string;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const blobUrl = z.string().transform((text, context): BlobUrl => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const [bucket = '', ...prefix] = (parsed?.pathname ?? '').split('/').filter((part) => part !== '');
  if (!parsed || !/^https?:$/.test(parsed.protocol) || !prefix.every((part) => /^[\w.-]+$/.test(part)) || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    return fault(context, 'must be like https://key:secret@host/bucket/prefix?region=eu-west-1');
  if ((parsed.username === '') !== (parsed.password === '')) return fault(context, 'must have both key and secret, or neither');
  return {
    endpoint: parsed.origin, bucket, prefix: prefix.map((part) => `${part}/`).join(''), region: parsed.searchParams.get('region') ?? 'us-east-1',
    ...(parsed.username !== '' && { credentials: { accessKeyId: decodeURIComponent(parsed.username), secretAccessKey: decodeURIComponent(parsed.password) } }),
  };
});

const addressRanges = z.string().transform((text, context): readonly string[] => {
  const list = text.split(',').map((range) => range.trim());
  return list.every(isAddressRange) ? list : fault(context, 'must be IP addresses or ranges (10.0.0.0/8), several parted by commas');
});

const amounts = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const list = text.split(',').map((one) => one.trim().split(/ +/));
  const faulty = list.some(([amount = '', currency = '', ...more]) => more.length > 0 || typeof parseMoney({ amount, currency }) === 'string');
  return faulty ? fault(context, 'must be amounts with their currencies (1000.00 CNY, 20000 JPY), several parted by commas') : Object.fromEntries(list.map(([amount, currency]) => [currency!, amount!]));
});

/** Where clamd listens, as node:net takes it; or the scanner that needs nobody. */
const malwareScanner = z.string().transform((text, context): 'test-file-only' | { readonly host: string; readonly port: number } | { readonly path: string } => {
  if (text === 'test-file-only') return text;
  if (text.startsWith('/')) return { path: text };
  const [, host, port] = /^\[?([^\s/[\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  return host !== undefined && Number(port) <= 65_535 ? { host, port: Number(port) } : fault(context, 'must be host:port, the path of a socket, or test-file-only');
});

function isProvider(text: string): boolean {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || parsed.search !== '' || parsed.hash !== '' || parsed.username !== '' || text.length > 500) return false;
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname));
}

const vouchedFactors = z.string().transform((text, context): { readonly acr: readonly string[]; readonly amr: readonly string[] } => {
  const list = text.split(',').map((one) => /^(acr|amr)=(\S{1,200})$/.exec(one.trim()));
  const of = (claim: string): string[] => list.flatMap((one) => (one?.[1] === claim ? [one[2]!] : []));
  return list.includes(null) ? fault(context, 'must be a list such as amr=mfa,acr=urn:example:gold') : { acr: of('acr'), amr: of('amr') };
});

const ownChanges = z.string().transform((text, context): OwnChanges => {
  const list = text.split(',').map((one) => one.trim().split('='));
  const faulty = list.some(([field = '', change, ...more]) => more.length > 0 || !Object.hasOwn(defaultOwnChanges, field) || !OWN_CHANGES.some((one) => one === change));
  return faulty ? fault(context, `must be field=${OWN_CHANGES.join('|')}, several parted by commas, of the fields ${Object.keys(defaultOwnChanges).join(', ')}`) : Object.fromEntries(list);
});

const timeZone = z.string().superRefine((text, context) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch {
    context.addIssue('must be an IANA time zone, for example Asia/Shanghai');
  }
});

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const variables = {
  httpPort: variable('PASSBOOK_HTTP_PORT', integer(0, 65_535), { byDefault: '8080', describes: 'Port of the HTTP API; 0 takes a free one' }),
  httpHost: variable('PASSBOOK_HTTP_HOST', z.string(), { byDefault: '127.0.0.1', describes: 'Address the HTTP API listens on' }),
  statusPort: variable('PASSBOOK_STATUS_PORT', integer(0, 65_533), {
    byDefault: '0',
    describes: 'Port of /health/live, /health/ready and /metrics of a role that has no API, on the address of PASSBOOK_HTTP_HOST; 0 takes a free one. '
      + '`npm start` gives it to the pipeline and the next two to the event store and the evaluation, all on 127.0.0.1; `processes.json` in the data folder says which they are. The api has them on its own port',
  }),
  advertisedUrl: variable('PASSBOOK_ADVERTISED_URL', url('http', 'https'), {
    describes: 'Where the other instances of this bank reach this one, to forward commands to the owner of a ledger shard',
    defaultInWords: 'its own host and port',
  }),
  dataDir: variable('PASSBOOK_DATA_DIR', z.string(), { byDefault: '.passbook', describes: 'Folder of the embedded parts: database, keys, sockets, logs' }),
  eventStoreUrl: variable('PASSBOOK_EVENTSTORE_URL', url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'), {
    describes: 'A real EventStoreDB or KurrentDB; TLS and credentials stand in it', defaultInWords: 'the embedded event store', secret: true,
  }),
  kafkaBrokers: variable('PASSBOOK_KAFKA_BROKERS', brokers, { describes: 'A real Kafka: host:port, several parted by commas', defaultInWords: 'the in-process bus' }),
  postgresUrl: variable('PASSBOOK_POSTGRES_URL', url('postgres', 'postgresql'), {
    describes: 'A real Postgres; the bank uses the databases log, vault, ops and read beside the one named', defaultInWords: 'the embedded Postgres', secret: true,
  }),
  redisUrl: variable('PASSBOOK_REDIS_URL', url('redis', 'rediss'), { describes: 'A real Redis', defaultInWords: 'the in-process cache', secret: true }),
  kafkaSasl: variable('PASSBOOK_KAFKA_SASL', sasl, { describes: 'How Kafka is signed in to, besides the certificate: `mechanism:user:password`, the mechanism one of plain, scram-sha-256, scram-sha-512', defaultInWords: 'not', secret: true }),
  tlsCaFile: variable('PASSBOOK_TLS_CA_FILE', z.string(), {
    describes: 'The authority (PEM) that every peer\'s certificate must come from. Set with the two below, every listener and every connection of this process is TLS: event store, Postgres, Kafka, Redis, HTTP', defaultInWords: 'none: plain text, for one machine alone',
  }),
  tlsCertFile: variable('PASSBOOK_TLS_CERT_FILE', z.string(), { describes: 'This process\'s certificate (PEM), shown as a server and as a client; a new one is taken while running' }),
  tlsKeyFile: variable('PASSBOOK_TLS_KEY_FILE', z.string(), { describes: 'Its private key (PEM)' }),
  httpTlsCertFile: variable('PASSBOOK_HTTP_TLS_CERT_FILE', z.string(), { describes: 'Another certificate for the HTTP listener, from an authority that browsers know', defaultInWords: 'PASSBOOK_TLS_CERT_FILE' }),
  httpTlsKeyFile: variable('PASSBOOK_HTTP_TLS_KEY_FILE', z.string(), { describes: 'Its private key', defaultInWords: 'PASSBOOK_TLS_KEY_FILE' }),
  httpClientCertificates: variable('PASSBOOK_HTTP_CLIENT_CERTIFICATES', z.enum(['none', 'required'], 'must be none or required'), {
    byDefault: 'none', describes: 'Whether whoever asks over HTTPS (the API, or /health and /metrics of a role without one) must show a certificate of PASSBOOK_TLS_CA_FILE',
  }),
  rootKeyFile: variable('PASSBOOK_ROOT_KEY_FILE', z.string(), {
    describes: 'The root key of the vault: a file of mode 0600 on a disk of its own, never in a backup of the database', defaultInWords: '`vault/root.key` in the data folder',
  }),
  notaryKeyFile: variable('PASSBOOK_NOTARY_KEY_FILE', z.string(), {
    describes: 'The key that signs tree heads: a file of mode 0600, made on the first start', defaultInWords: '`vault/notary.key` in the data folder',
  }),
  notaryHeadsDir: variable('PASSBOOK_NOTARY_HEADS_DIR', z.string(), {
    describes: 'Folder that signed tree heads are exported to. In production it must be outside the bank: a write-once mount that who runs the bank cannot change',
    defaultInWords: '`heads` in the data folder',
  }),
  notaryOrigin: variable('PASSBOOK_NOTARY_ORIGIN', z.string().regex(/^[^\s+]{1,200}$/, 'must be a name without spaces and plus signs, like bank.example/log'), {
    byDefault: 'passbook.local/log', describes: 'The log\'s name in every signed tree head, fixed when the bank is founded; like a URL without its scheme',
  }),
  clockTickSeconds: variable('PASSBOOK_CLOCK_TICK_SECONDS', integer(0, 86_400), {
    byDefault: '300', describes: 'The bank\'s time is in the log every so many seconds, so that what only time brings about has its event; 0: not at all, a bank founded on history passes time by its bookings alone',
  }),
  notarySignSeconds: variable('PASSBOOK_NOTARY_SIGN_SECONDS', integer(1, 86_400), { byDefault: '60', describes: 'A grown tree is signed after at most so many seconds, or 100000 events' }),
  blobDir: variable('PASSBOOK_BLOB_DIR', z.string(), {
    describes: 'Folder of the documents\' contents, sealed under the customers\' keys; several instances share one. Part of every backup', defaultInWords: '`blobs` in the data folder',
  }),
  blobUrl: variable('PASSBOOK_BLOB_URL', blobUrl, {
    describes: 'Bucket that keeps these contents instead, of any store that speaks S3 with conditional writes: `https://key:secret@host/bucket/prefix?region=eu-west-1`; without key and secret, those of the machine or pod',
    defaultInWords: 'none: the folder', secret: true,
  }),
  documentMaxBytes: variable('PASSBOOK_DOCUMENT_MAX_BYTES', integer(1_024, 1_073_741_824), { byDefault: '20971520', describes: 'Largest document. A scanner must take as much: StreamMaxLength of clamd' }),
  uploadSeconds: variable('PASSBOOK_UPLOAD_SECONDS', integer(1, 30), { byDefault: '30', describes: 'How long a document may take to come in; what was begun and never finished is cleared away after twice that and 10 s' }),
  malwareScanner: variable('PASSBOOK_MALWARE_SCANNER', malwareScanner, {
    describes: 'clamd of ClamAV, as host:port or the path of its socket; or `test-file-only`, which knows the EICAR test file and protects from nothing. Without one no document can be read',
    defaultInWords: 'none; `test-file-only` for the demonstration bank',
  }),
  identityRegistryFile: variable('PASSBOOK_IDENTITY_REGISTRY_FILE', z.string(), {
    describes: 'Persons that identity checks are made against: JSON, `[{name, number, reference?}]`. Without it, and outside the demonstration bank, checks answer 503', defaultInWords: 'none',
  }),
  smtpUrl: variable('PASSBOOK_SMTP_URL', url('smtp', 'smtps'), {
    describes: 'Mail server that takes the mails to staff about risk cases: `smtps://user:password@host:465`, or `smtp://host:587`, which must offer STARTTLS unless it is this machine',
    defaultInWords: 'none: a file for each in `outbox/alerts` of the data folder', secret: true,
  }),
  mailFrom: variable('PASSBOOK_MAIL_FROM', z.email(), { byDefault: 'passbook@localhost.localdomain', describes: 'Sender of these mails' }),
  webhookNetworks: variable('PASSBOOK_WEBHOOK_NETWORKS', addressRanges, {
    describes: 'Addresses or ranges of the bank\'s own network that webhooks may reach, by http as well, several parted by commas. All others are public addresses, by https', defaultInWords: 'none',
  }),
  bootstrapToken: variable('PASSBOOK_BOOTSTRAP_TOKEN', z.string().regex(/^[\x21-\x7e]{16,200}$/, 'must be 16 to 200 visible ASCII characters'), {
    describes: 'Token of one all-rights machine client, for founding a bank and for tests', defaultInWords: 'made and printed by `npm start`', secret: true,
  }),
  escrowKeyFile: variable('PASSBOOK_ESCROW_KEY_FILE', z.string(), {
    describes: 'The public key that the backup of a customer about to be erased is sealed to, as `passbook audit make-escrow` writes it', defaultInWords: 'none: nobody can be erased',
  }),
  erasureBackupsDir: variable('PASSBOOK_ERASURE_BACKUPS_DIR', z.string(), {
    describes: 'Folder that these backups are written to: in production outside the bank', defaultInWords: '`erased` in the data folder',
  }),
  retentionYears: variable('PASSBOOK_RETENTION_YEARS', integer(0, 100), {
    byDefault: '5', describes: 'So many years after the end of the business a customer is restricted, not erased; 0 only for demonstrations and tests',
  }),
  erasedBackupYears: variable('PASSBOOK_ERASED_BACKUP_YEARS', integer(0, 100), {
    byDefault: '5', describes: 'So many years after a customer was erased the backup in escrow is destroyed',
  }),
  publicUrl: variable('PASSBOOK_PUBLIC_URL', url('http', 'https'), {
    byDefault: 'http://localhost:8080', describes: 'Where browsers reach the bank; passkeys are bound to its host for as long as they shall work, tokens name it as their issuer',
  }),
  secondFactor: variable('PASSBOOK_SECOND_FACTOR', z.enum(['required', 'when-enrolled'], 'must be required or when-enrolled'), {
    byDefault: 'required', describes: 'Whether staff who have enrolled no second factor may do more than enrol one',
  }),
  oidcIssuer: variable('PASSBOOK_OIDC_ISSUER', z.string().refine(isProvider, 'must be an https:// URL (http:// only of this machine), as the provider calls itself'), {
    describes: 'The OpenID provider through which staff may sign in besides passwords (guides/openid-connect.md)', defaultInWords: 'none',
  }),
  oidcClientId: variable('PASSBOOK_OIDC_CLIENT_ID', z.string().max(500), { describes: 'The bank as that provider knows it' }),
  oidcClientSecretFile: variable('PASSBOOK_OIDC_CLIENT_SECRET_FILE', z.string(), { describes: 'File with the secret that the provider gave the bank' }),
  oidcRedirectUrl: variable('PASSBOOK_OIDC_REDIRECT_URL', url('http', 'https'), {
    describes: 'The page that the provider sends browsers back to, as registered there', defaultInWords: '`/sign-in/openid-connect` of PASSBOOK_PUBLIC_URL',
  }),
  oidcSecondFactor: variable('PASSBOOK_OIDC_SECOND_FACTOR', vouchedFactors, {
    describes: 'Claims of which any one says that the provider saw a second factor: amr=mfa,acr=urn:example:gold. Otherwise the bank asks for its own', defaultInWords: 'none: the bank asks',
  }),
  ownTransferLimits: variable('PASSBOOK_OWN_TRANSFER_LIMITS', amounts, {
    byDefault: '50000.00 CNY, 50000.00 HKD, 5000.00 USD, 5000.00 EUR, 100000.00 CZK, 1000000 JPY',
    describes: 'The largest single transfer that a customer makes, by currency; in a currency that is not named none',
  }),
  stepUpAbove: variable('PASSBOOK_STEP_UP_ABOVE', amounts, {
    byDefault: '1000.00 CNY, 1000.00 HKD, 100.00 USD, 100.00 EUR, 3000.00 CZK, 20000 JPY',
    describes: 'Above it a customer\'s transfer needs a fresh second factor, as does the first to a payee; in a currency that is not named always',
  }),
  stepUpMinutes: variable('PASSBOOK_STEP_UP_MINUTES', integer(1, 60), { byDefault: '5', describes: 'So long a customer\'s second factor counts as fresh once it was proved again' }),
  ownChanges: variable('PASSBOOK_OWN_CHANGES', ownChanges, {
    describes: 'Which fields of their record customers change at once, on request (staff approve) or never, where that shall be another than by default: email=on-request,occupation=never. A new phone or e-mail at once is one whose code came back',
    defaultInWords: 'the table in `shared/access/own-changes.ts`',
  }),
  demonstration: variable('PASSBOOK_DEMONSTRATION', z.literal('yes', 'must be yes, or not set'), {
    describes: 'Lets the people of the demonstration bank sign in (usernames that begin with `demo.`), with a password alone. Never where there are real customers', defaultInWords: 'set by `npm start` without --no-demo',
  }),
  logLevel: variable('PASSBOOK_LOG_LEVEL', z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), { byDefault: 'info', describes: `How much is logged: ${LOG_LEVELS.join(', ')}` }),
  tracesUrl: variable('PASSBOOK_TRACES_URL', url('http', 'https'), {
    describes: 'OpenTelemetry collector that is told of requests and what became of them: OTLP over HTTP, the whole address (https://collector.example:4318/v1/traces)', defaultInWords: 'none',
  }),
  tracesRatio: variable('PASSBOOK_TRACES_RATIO', ratio, {
    byDefault: '0.01', describes: 'Which part of the requests is traced, from 0 to 1, where the caller\'s own trace (`traceparent`) does not say',
  }),
  timeZone: variable('PASSBOOK_TIME_ZONE', timeZone, { byDefault: 'Asia/Shanghai', describes: 'The bank\'s time zone, fixed when the bank is founded' }),
  ledgerShards: variable('PASSBOOK_LEDGER_SHARDS', integer(1, 1024), { byDefault: '1', describes: 'Number of ledger shards, fixed when the bank is founded' }),
  trustedProxies: variable('PASSBOOK_TRUSTED_PROXIES', addressRanges, {
    describes: 'Addresses or ranges of the proxies before the API, several parted by commas: only their X-Forwarded-For is believed. Without it everybody behind a proxy is one address',
    defaultInWords: 'none: X-Forwarded-For is ignored',
  }),
  requestsPerAddress: variable('PASSBOOK_REQUESTS_PER_ADDRESS', integer(1, 100_000_000), {
    byDefault: '6000', describes: 'Requests a minute that one address (IPv6: /64) may send without being signed in; whoever is signed in there is not counted',
  }),
  requestsPerPerson: variable('PASSBOOK_REQUESTS_PER_PERSON', integer(1, 100_000_000), { byDefault: '60000', describes: 'Requests a minute of one person' }),
  requestsPerClient: variable('PASSBOOK_REQUESTS_PER_CLIENT', integer(1, 100_000_000), { byDefault: '1200000', describes: 'Requests a minute of one machine client' }),
  signInsPerAddress: variable('PASSBOOK_SIGN_INS_PER_ADDRESS', integer(1, 100_000_000), { byDefault: '600', describes: 'Sign-ins a minute from one address, whether they succeed or not; counted over all processes where there is a Redis' }),
  unmasksPerPerson: variable('PASSBOOK_UNMASKS_PER_PERSON', integer(1, 100_000_000), { byDefault: '60', describes: 'Unmaskings a minute of one person; counted over all processes where there is a Redis' }),
  blockAfter: variable('PASSBOOK_BLOCK_AFTER', integer(10, 100_000_000), {
    byDefault: '500', describes: 'So many refusals within ten minutes (of different ids a fifth of it) block a person, a client or an address for a quarter of an hour',
  }),
  connections: variable('PASSBOOK_CONNECTIONS', integer(1, 1_000_000), { byDefault: '10000', describes: 'Connections that the API keeps at once' }),
  connectionsPerAddress: variable('PASSBOOK_CONNECTIONS_PER_ADDRESS', integer(1, 1_000_000), { byDefault: '2000', describes: 'Connections at once from one address that is no trusted proxy' }),
  ledgerIntake: variable('PASSBOOK_LEDGER_INTAKE', integer(1, 1_000_000), {
    byDefault: '10000', describes: 'Commands that may wait for one ledger shard; more are answered 503 with Retry-After',
  }),
  accessSpoolMegabytes: variable('PASSBOOK_ACCESS_SPOOL_MB', integer(1, 100_000), {
    byDefault: '256', describes: 'How much of the access log may wait in `access-log` of the data folder while the event store is away (some 2,000 reads a megabyte); beyond it reads are refused as an outage',
  }),
} satisfies Record<string, Variable>;

export const rootKeyFileIn = (dataDir: string): string => join(dataDir, 'vault', 'root.key');
export const notaryKeyFileIn = (dataDir: string): string => join(dataDir, 'vault', 'notary.key');
export const erasureBackupsDirIn = (dataDir: string): string => join(dataDir, 'erased');
export const blobDirIn = (dataDir: string): string => join(dataDir, 'blobs');
export const notaryHeadsDirIn = (dataDir: string): string => join(dataDir, 'heads');

function fault<Value>(context: z.core.$RefinementCtx, message: string): Value {
  context.addIssue({ code: 'custom', message, input: context.value });
  return z.NEVER as Value;
}
