import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import t from 'tap';
import { ConfigFault, forLog, loadConfig } from './config.js';
import { configurationPage } from './page.js';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
};

t.test('an empty environment gives the documented defaults', async (t) => {
  t.same(loadConfig({ PATH: '/bin' }), {
    httpPort: 8080,
    httpHost: '127.0.0.1',
    statusPort: 0,
    dataDir: resolve('.passbook'),
    blobDir: resolve('.passbook/blobs'),
    documentMaxBytes: 20_971_520,
    uploadSeconds: 30,
    rootKeyFile: resolve('.passbook/vault/root.key'),
    notaryKeyFile: resolve('.passbook/vault/notary.key'),
    notaryHeadsDir: resolve('.passbook/heads'),
    notaryOrigin: 'passbook.local/log',
    mailFrom: 'passbook@localhost.localdomain',
    clockTickSeconds: 300,
    notarySignSeconds: 60,
    publicUrl: 'http://localhost:8080',
    secondFactor: 'required',
    ownTransferLimits: { CNY: '50000.00', HKD: '50000.00', USD: '5000.00', EUR: '5000.00', CZK: '100000.00', JPY: '1000000' },
    stepUpAbove: { CNY: '1000.00', HKD: '1000.00', USD: '100.00', EUR: '100.00', CZK: '3000.00', JPY: '20000' },
    stepUpMinutes: 5,
    erasureBackupsDir: resolve('.passbook/erased'),
    retentionYears: 5,
    erasedBackupYears: 5,
    logLevel: 'info',
    tracesRatio: 0.01,
    timeZone: 'Asia/Shanghai',
    ledgerShards: 1,
    ledgerIntake: 10_000,
    requestsPerAddress: 6_000,
    requestsPerPerson: 60_000,
    requestsPerClient: 1_200_000,
    signInsPerAddress: 600,
    unmasksPerPerson: 60,
    blockAfter: 500,
    connections: 10_000,
    connectionsPerAddress: 2_000,
    httpClientCertificates: 'none',
    accessSpoolMegabytes: 256,
  });
});

t.test('every variable is read, typed and frozen', async (t) => {
  const config = loadConfig({
    PASSBOOK_HTTP_PORT: '0',
    PASSBOOK_HTTP_HOST: '0.0.0.0',
    PASSBOOK_STATUS_PORT: '9090',
    PASSBOOK_ADVERTISED_URL: 'http://api-0:8080',
    PASSBOOK_DATA_DIR: '/var/lib/passbook',
    PASSBOOK_EVENTSTORE_URL: 'esdb+discover://admin:changeit@a:2113,b:2113?tls=true',
    PASSBOOK_KAFKA_BROKERS: 'a:9092, b:9092',
    PASSBOOK_POSTGRES_URL: 'postgres://u:p@db/postgres',
    PASSBOOK_REDIS_URL: 'rediss://cache:6380',
    PASSBOOK_DEMONSTRATION: 'yes',
    PASSBOOK_OWN_TRANSFER_LIMITS: '10.00 CNY,5 JPY',
    PASSBOOK_STEP_UP_ABOVE: '1.00 CNY',
    PASSBOOK_STEP_UP_MINUTES: '10',
    PASSBOOK_BLOB_DIR: '/documents',
    PASSBOOK_BLOB_URL: 'https://key:a%2Fsecret@s3.bank.example:9000/documents/of/ours?region=eu-west-1',
    PASSBOOK_DOCUMENT_MAX_BYTES: '1048576',
    PASSBOOK_UPLOAD_SECONDS: '10',
    PASSBOOK_MALWARE_SCANNER: 'clamd.bank.example:3310',
    PASSBOOK_OWN_CHANGES: 'email=on-request, occupation=never',
    PASSBOOK_IDENTITY_REGISTRY_FILE: '/lists/persons.json',
    PASSBOOK_SMTP_URL: 'smtps://bank:secret@mail.bank.example',
    PASSBOOK_MAIL_FROM: 'alerts@bank.example',
    PASSBOOK_WEBHOOK_NETWORKS: '10.1.0.0/16, ::1',
    PASSBOOK_ROOT_KEY_FILE: '/keys/root',
    PASSBOOK_NOTARY_KEY_FILE: '/keys/notary',
    PASSBOOK_NOTARY_HEADS_DIR: '/outside/heads',
    PASSBOOK_NOTARY_ORIGIN: 'bank.example/log',
    PASSBOOK_CLOCK_TICK_SECONDS: '0',
    PASSBOOK_NOTARY_SIGN_SECONDS: '5',
    PASSBOOK_BOOTSTRAP_TOKEN: 'a-token-of-enough-length',
    PASSBOOK_LOG_LEVEL: 'debug',
    PASSBOOK_TRACES_URL: 'https://collector.example:4318/v1/traces',
    PASSBOOK_TRACES_RATIO: '0.5',
    PASSBOOK_TIME_ZONE: 'Europe/Prague',
    PASSBOOK_LEDGER_SHARDS: '4',
    PASSBOOK_LEDGER_INTAKE: '5',
    PASSBOOK_TRUSTED_PROXIES: '10.0.0.0/8, fd00::1',
    PASSBOOK_REQUESTS_PER_ADDRESS: '1',
    PASSBOOK_REQUESTS_PER_PERSON: '2',
    PASSBOOK_REQUESTS_PER_CLIENT: '3',
    PASSBOOK_SIGN_INS_PER_ADDRESS: '4',
    PASSBOOK_UNMASKS_PER_PERSON: '5',
    PASSBOOK_BLOCK_AFTER: '50',
    PASSBOOK_CONNECTIONS: '6',
    PASSBOOK_CONNECTIONS_PER_ADDRESS: '7',
    PASSBOOK_KAFKA_SASL: 'scram-sha-512:bank:a:secret',
    PASSBOOK_TLS_CA_FILE: '/tls/ca',
    PASSBOOK_TLS_CERT_FILE: '/tls/cert',
    PASSBOOK_TLS_KEY_FILE: '/tls/key',
    PASSBOOK_HTTP_TLS_CERT_FILE: '/public/cert',
    PASSBOOK_HTTP_TLS_KEY_FILE: '/public/key',
    PASSBOOK_HTTP_CLIENT_CERTIFICATES: 'required',
    PASSBOOK_ACCESS_SPOOL_MB: '7',
    PASSBOOK_PUBLIC_URL: 'https://staff.bank.example',
    PASSBOOK_SECOND_FACTOR: 'when-enrolled',
    PASSBOOK_OIDC_ISSUER: 'https://login.bank.example/staff',
    PASSBOOK_OIDC_CLIENT_ID: 'passbook',
    PASSBOOK_OIDC_CLIENT_SECRET_FILE: '/keys/oidc',
    PASSBOOK_OIDC_REDIRECT_URL: 'https://staff.bank.example/back',
    PASSBOOK_OIDC_SECOND_FACTOR: 'amr=mfa, acr=urn:gold',
    PASSBOOK_ESCROW_KEY_FILE: '/keys/escrow.pub',
    PASSBOOK_ERASURE_BACKUPS_DIR: '/outside/erased',
    PASSBOOK_RETENTION_YEARS: '0',
    PASSBOOK_ERASED_BACKUP_YEARS: '3',
  });
  t.same(config, {
    httpPort: 0,
    httpHost: '0.0.0.0',
    statusPort: 9_090,
    advertisedUrl: 'http://api-0:8080',
    dataDir: '/var/lib/passbook',
    eventStoreUrl: 'esdb+discover://admin:changeit@a:2113,b:2113?tls=true&tlsCAFile=%2Ftls%2Fca&userCertFile=%2Ftls%2Fcert&userKeyFile=%2Ftls%2Fkey',
    kafkaBrokers: ['a:9092', 'b:9092'],
    postgresUrl: 'postgres://u:p@db/postgres?sslmode=verify-full&sslrootcert=%2Ftls%2Fca&sslcert=%2Ftls%2Fcert&sslkey=%2Ftls%2Fkey',
    redisUrl: 'rediss://cache:6380',
    blobDir: '/documents',
    blobUrl: { endpoint: 'https://s3.bank.example:9000', bucket: 'documents', prefix: 'of/ours/', region: 'eu-west-1', credentials: { accessKeyId: 'key', secretAccessKey: 'a/secret' } },
    documentMaxBytes: 1_048_576,
    uploadSeconds: 10,
    malwareScanner: { host: 'clamd.bank.example', port: 3_310 },
    identityRegistryFile: '/lists/persons.json',
    smtpUrl: 'smtps://bank:secret@mail.bank.example',
    mailFrom: 'alerts@bank.example',
    webhookNetworks: ['10.1.0.0/16', '::1'],
    rootKeyFile: '/keys/root',
    notaryKeyFile: '/keys/notary',
    notaryHeadsDir: '/outside/heads',
    notaryOrigin: 'bank.example/log',
    clockTickSeconds: 0,
    notarySignSeconds: 5,
    bootstrapToken: 'a-token-of-enough-length',
    logLevel: 'debug',
    tracesUrl: 'https://collector.example:4318/v1/traces',
    tracesRatio: 0.5,
    timeZone: 'Europe/Prague',
    ledgerShards: 4,
    ledgerIntake: 5,
    trustedProxies: ['10.0.0.0/8', 'fd00::1'],
    requestsPerAddress: 1,
    requestsPerPerson: 2,
    requestsPerClient: 3,
    signInsPerAddress: 4,
    unmasksPerPerson: 5,
    blockAfter: 50,
    connections: 6,
    connectionsPerAddress: 7,
    kafkaSasl: { mechanism: 'scram-sha-512', username: 'bank', password: 'a:secret' },
    tlsCaFile: '/tls/ca',
    tlsCertFile: '/tls/cert',
    tlsKeyFile: '/tls/key',
    httpTlsCertFile: '/public/cert',
    httpTlsKeyFile: '/public/key',
    httpClientCertificates: 'required',
    tls: { caFile: '/tls/ca', certFile: '/tls/cert', keyFile: '/tls/key' },
    httpTls: { caFile: '/tls/ca', certFile: '/public/cert', keyFile: '/public/key' },
    accessSpoolMegabytes: 7,
    publicUrl: 'https://staff.bank.example',
    secondFactor: 'when-enrolled',
    oidcIssuer: 'https://login.bank.example/staff',
    oidcClientId: 'passbook',
    oidcClientSecretFile: '/keys/oidc',
    oidcRedirectUrl: 'https://staff.bank.example/back',
    oidcSecondFactor: { acr: ['urn:gold'], amr: ['mfa'] },
    demonstration: 'yes',
    ownTransferLimits: { CNY: '10.00', JPY: '5' },
    stepUpAbove: { CNY: '1.00' },
    stepUpMinutes: 10,
    ownChanges: { email: 'on-request', occupation: 'never' },
    escrowKeyFile: '/keys/escrow.pub',
    erasureBackupsDir: '/outside/erased',
    retentionYears: 0,
    erasedBackupYears: 3,
  });
  t.throws(() => Object.assign(config, { httpPort: 1 }), TypeError);
  t.throws(() => (config.kafkaBrokers as string[]).push('c:9092'), TypeError);
});

t.test('a scanner is an address, a socket, or none', async (t) => {
  const scanner = (text: string) => loadConfig({ PASSBOOK_MALWARE_SCANNER: text }).malwareScanner;
  t.same(scanner('127.0.0.1:3310'), { host: '127.0.0.1', port: 3_310 });
  t.same(scanner('[::1]:3310'), { host: '::1', port: 3_310 });
  t.same(scanner('/run/clamav/clamd.ctl'), { path: '/run/clamav/clamd.ctl' });
  t.equal(scanner('test-file-only'), 'test-file-only');
  for (const text of ['clamd', 'none', 'a:99999', 'tcp://a:1']) t.same(faultsOf({ PASSBOOK_MALWARE_SCANNER: text }), ['PASSBOOK_MALWARE_SCANNER must be host:port, the path of a socket, or test-file-only']);
});

t.test('a bucket has its place, and key and secret or neither', async (t) => {
  t.same(loadConfig({ PASSBOOK_BLOB_URL: 'http://127.0.0.1:9000/bank' }).blobUrl, { endpoint: 'http://127.0.0.1:9000', bucket: 'bank', prefix: '', region: 'us-east-1' });
  for (const text of ['bank', 's3://bank/prefix', 'https://s3.bank.example', 'https://s3.bank.example/UPPER', 'https://s3.bank.example/a/%E0%A4%A'])
    t.same(faultsOf({ PASSBOOK_BLOB_URL: text }), ['PASSBOOK_BLOB_URL must be like https://key:secret@host/bucket/prefix?region=eu-west-1'], text);
  t.same(faultsOf({ PASSBOOK_BLOB_URL: 'https://hunter2@s3.bank.example/bank' }), ['PASSBOOK_BLOB_URL must have both key and secret, or neither']);
  const tls = { PASSBOOK_TLS_CA_FILE: 'ca', PASSBOOK_TLS_CERT_FILE: 'cert', PASSBOOK_TLS_KEY_FILE: 'key' };
  t.same(faultsOf({ ...tls, PASSBOOK_BLOB_URL: 'http://s3.bank.example/bank' }), ['PASSBOOK_BLOB_URL must be https where PASSBOOK_TLS_CA_FILE is set']);
  t.notMatch(JSON.stringify(forLog(loadConfig({ PASSBOOK_BLOB_URL: 'https://key:hunter2@s3.bank.example/bank' }))), /hunter2/);
});

t.test('every fault is reported at once, by name and without the value', async (t) => {
  t.same(
    faultsOf({
      PASSBOOK_HTTP_PORT: '80a',
      PASSBOOK_LEDGER_SHARDS: '0',
      PASSBOOK_KAFKA_BROKERS: 'a:9092,b',
      PASSBOOK_POSTGRES_URL: 'mysql://x',
      PASSBOOK_TRUSTED_PROXIES: '10.0.0.0/33',
      PASSBOOK_TIME_ZONE: 'China/Beijing',
      PASSBOOK_BOOTSTRAP_TOKEN: 'hunter2',
      PASSBOOK_LOG_LEVEL: 'loud',
      PASSBOOK_TRACES_RATIO: '1.5',
      PASSBOOK_HTTP_POTR: '1',
      PASSBOOK_COLOUR_OF_THE_COUNTER: 'green',
    }),
    [
      'PASSBOOK_HTTP_PORT must be a whole number from 0 to 65535',
      'PASSBOOK_KAFKA_BROKERS must be host:port, several parted by commas',
      'PASSBOOK_POSTGRES_URL must be a URL that begins with postgres:// or postgresql://',
      'PASSBOOK_BOOTSTRAP_TOKEN must be 16 to 200 visible ASCII characters',
      'PASSBOOK_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      'PASSBOOK_TRACES_RATIO must be a number from 0 to 1',
      'PASSBOOK_TIME_ZONE must be an IANA time zone, for example Asia/Shanghai',
      'PASSBOOK_LEDGER_SHARDS must be a whole number from 1 to 1024',
      'PASSBOOK_TRUSTED_PROXIES must be IP addresses or ranges (10.0.0.0/8), several parted by commas',
      'PASSBOOK_COLOUR_OF_THE_COUNTER is not a variable of Passbook',
      'PASSBOOK_HTTP_POTR is not a variable of Passbook; did you mean PASSBOOK_HTTP_PORT?',
    ],
  );
});

t.test('what is left alone: the tests\' variables, others\' variables, empty ones', async (t) => {
  t.same(faultsOf({ PASSBOOK_TEST_REDIS_URL: 'redis://x', HTTP_PORT: 'x', PASSBOOK_REDIS_URL: '', PASSBOOK_HTTP_PORT: ' ' }), []);
  t.equal(loadConfig({ PASSBOOK_HTTP_PORT: '' }).httpPort, 8080);
});

t.test('a log line never holds a secret', async (t) => {
  const line = forLog(loadConfig({ PASSBOOK_BOOTSTRAP_TOKEN: 'a-token-of-enough-length', PASSBOOK_POSTGRES_URL: 'postgres://u:hunter2@db/x' }));
  t.match(line, { bootstrapToken: 'set', postgresUrl: 'set', httpPort: 8080 });
  t.notMatch(JSON.stringify(line), /hunter2|a-token/);
});

t.test('with TLS nothing is left in plain text', async (t) => {
  const tls = { PASSBOOK_TLS_CA_FILE: 'ca', PASSBOOK_TLS_CERT_FILE: 'cert', PASSBOOK_TLS_KEY_FILE: 'key' };
  const plain = 'PASSBOOK_TLS_CA_FILE is set: nothing goes over the network in plain text';
  t.same(
    faultsOf({ ...tls, PASSBOOK_EVENTSTORE_URL: 'esdb://a:2113?tls=false', PASSBOOK_POSTGRES_URL: 'postgres://10.0.0.1/x?sslmode=require', PASSBOOK_REDIS_URL: 'redis://a' }),
    [
      `PASSBOOK_REDIS_URL must begin with rediss://: ${plain}`,
      `PASSBOOK_EVENTSTORE_URL must not switch TLS or its checks off: ${plain}`,
      `PASSBOOK_POSTGRES_URL may have no other sslmode than verify-full: ${plain}`,
      'PASSBOOK_POSTGRES_URL must give the host by its name, which its certificate is checked against',
    ],
  );
  t.same(faultsOf({ ...tls, PASSBOOK_EVENTSTORE_URL: 'esdb://a:2113?tls=true&tlsVerifyCert=false' }), [`PASSBOOK_EVENTSTORE_URL must not switch TLS or its checks off: ${plain}`]);
  t.same(faultsOf({ PASSBOOK_TLS_CA_FILE: 'ca' }), ['PASSBOOK_TLS_CA_FILE, PASSBOOK_TLS_CERT_FILE and PASSBOOK_TLS_KEY_FILE go together: set all three or none']);
  t.same(faultsOf({ PASSBOOK_HTTP_CLIENT_CERTIFICATES: 'required' }), ['PASSBOOK_HTTP_TLS_CERT_FILE and PASSBOOK_HTTP_CLIENT_CERTIFICATES need PASSBOOK_TLS_CA_FILE']);
  t.same(faultsOf({ ...tls, PASSBOOK_HTTP_TLS_CERT_FILE: 'x' }), ['PASSBOOK_HTTP_TLS_CERT_FILE and PASSBOOK_HTTP_TLS_KEY_FILE go together']);
  t.same(faultsOf({ PASSBOOK_KAFKA_SASL: 'hunter2' }), ['PASSBOOK_KAFKA_SASL must be mechanism:user:password, the mechanism one of plain, scram-sha-256, scram-sha-512']);
  t.same(loadConfig(tls).httpTls, { caFile: resolve('ca'), certFile: resolve('cert'), keyFile: resolve('key') });
});

t.test('docs/configuration.md is the table', async (t) => {
  t.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage());
});

t.test('an OpenID provider is told whole or not at all', async (t) => {
  const whole = { PASSBOOK_OIDC_ISSUER: 'https://login.bank.example', PASSBOOK_OIDC_CLIENT_ID: 'passbook', PASSBOOK_OIDC_CLIENT_SECRET_FILE: '/keys/oidc' };
  t.same(faultsOf(whole), []);
  const together = ['PASSBOOK_OIDC_ISSUER, PASSBOOK_OIDC_CLIENT_ID and PASSBOOK_OIDC_CLIENT_SECRET_FILE go together: set all three or none'];
  for (const name of Object.keys(whole)) t.same(faultsOf({ ...whole, [name]: '' }), together, `without ${name}`);
  t.same(faultsOf({ PASSBOOK_OIDC_SECOND_FACTOR: 'amr=mfa' }), ['PASSBOOK_OIDC_REDIRECT_URL and PASSBOOK_OIDC_SECOND_FACTOR need PASSBOOK_OIDC_ISSUER']);
  const issuer = ['PASSBOOK_OIDC_ISSUER must be an https:// URL (http:// only of this machine), as the provider calls itself'];
  for (const wrong of ['login.bank.example', 'http://login.bank.example', 'https://login.bank.example/?a', 'https://a:b@login.bank.example']) t.same(faultsOf({ ...whole, PASSBOOK_OIDC_ISSUER: wrong }), issuer, wrong);
  t.same(faultsOf({ ...whole, PASSBOOK_OIDC_ISSUER: 'http://127.0.0.1:8080' }), []);
  t.same(faultsOf({ ...whole, PASSBOOK_OIDC_SECOND_FACTOR: 'mfa' }), ['PASSBOOK_OIDC_SECOND_FACTOR must be a list such as amr=mfa,acr=urn:example:gold']);
});
