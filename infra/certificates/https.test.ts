import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { once } from 'node:events';
import { connect as connectPlain, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type ConnectionOptions, type Server, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { readTls, reloadCertificates, type TlsFiles } from '../../shared/tls/tls-files.js';
import { startStatusListener } from '../roles/status-listener.js';
import { HOLDERS, makeBankCertificates } from './bank-certificates.js';
import { certificateFiles, REFUSED } from './testing/certificate-files.js';

const logger = pino({ level: 'silent' });

async function api(t: Test, shows: TlsFiles, clientCertificates: 'none' | 'required'): Promise<{ readonly port: number; readonly server: Server }> {
  const server = await buildServer({
    modules: [], authenticate: () => bootstrapPrincipal, logger, now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
    tls: { material: readTls(shows), clientCertificates },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return { port: (server.server.address() as AddressInfo).port, server: server.server as unknown as Server };
}

function get(port: number, options: https.RequestOptions): Promise<{ status: number; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    https.get({ host: 'localhost', port, path: '/health/live', agent: false, ...options }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode!, headers: response.headers }));
    }).on('error', reject);
  });
}

t.test('the API over HTTPS: its certificate is checked, plain HTTP and old TLS are refused, browsers are told to stay', async (t) => {
  const files = await certificateFiles(t);
  const { ca } = readTls(files.good);
  const { port } = await api(t, files.good, 'none');
  const answer = await get(port, { ca });
  t.match(answer, { status: 200, headers: { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } });
  await t.rejects(get(port, { ca: readTls(files.stranger).ca }), 'who trusts another authority does not believe it');
  await t.rejects(get(port, { ca, servername: 'db.bank.example' }), 'nor who meant another host');
  await t.rejects(get(port, { ca, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), 'TLS 1.1');
  t.equal((await get(port, { ca, maxVersion: 'TLSv1.2' })).status, 200, 'control: TLS 1.2');
  const plain = connectPlain(port, '127.0.0.1', () => plain.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'));
  let said = '';
  plain.on('data', (chunk) => (said += chunk.toString('latin1'))).on('error', () => {});
  await once(plain, 'close');
  t.notMatch(said, / 200 /, 'plain HTTP');
  for (const shows of ['expired', 'elsewhere', 'stranger'] as const) await t.rejects(get((await api(t, files[shows], 'none')).port, { ca }), shows);
});

t.test('where certificates are asked for, nobody gets in without one of ours', async (t) => {
  const files = await certificateFiles(t);
  const { port } = await api(t, files.good, 'required');
  const status = await startStatusListener({ host: '127.0.0.1', port: 0, checks: {}, metrics: createMetrics(), logger, tls: { material: readTls(files.good), clientCertificates: 'required' } });
  t.teardown(() => status.stop());
  for (const one of [port, status.port]) {
    t.equal((await get(one, readTls(files.good))).status, 200);
    t.equal((await get(one, readTls(files.renewed))).status, 200);
    for (const { what, trusts, shows } of REFUSED) {
      const shown: ConnectionOptions = shows === 'nothing' ? {} : readTls(files[shows]);
      await t.rejects(get(one, { ...shown, ca: readTls(files[trusts]).ca }), what);
    }
  }
});

t.test('new certificates are taken while it runs: connections that are open go on, half-written ones change nothing', async (t) => {
  const files = await certificateFiles(t);
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-reload-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const used: TlsFiles = { caFile: files.good.caFile, certFile: path.join(folder, 'a.crt'), keyFile: path.join(folder, 'a.key') };
  copyFileSync(files.good.certFile, used.certFile);
  copyFileSync(files.good.keyFile, used.keyFile);
  const { port, server } = await api(t, used, 'none');
  const reloading = reloadCertificates(server, used, logger);
  t.teardown(() => reloading.stop());
  const { ca } = readTls(files.good);
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: 'localhost', port, ca });
    await once(socket, 'secureConnect');
    return socket;
  };
  const shown = async (): Promise<string> => {
    const socket = await open();
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  };
  const before = await open();
  t.equal(await shown(), 'good');
  writeFileSync(used.certFile, readFileSync(files.renewed.certFile));
  process.emit('SIGHUP', 'SIGHUP');
  t.equal(await shown(), 'good', 'the certificate is new, its key is not: nothing changes');
  writeFileSync(used.keyFile, readFileSync(files.renewed.keyFile));
  await eventually(async () => (await shown()) === 'renewed');
  before.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
  const [answer] = (await once(before, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 200/, 'who was connected before still is');
  before.destroy();
  copyFileSync(files.good.certFile, used.certFile);
  copyFileSync(files.good.keyFile, used.keyFile);
  process.emit('SIGHUP', 'SIGHUP');
  t.equal(await shown(), 'good', 'at once, when told');
});

t.test('a bank\'s certificates are made once, renewed when they run out, under the same authority, keys for their owner alone', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-made-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const made = await makeBankCertificates(folder, { hosts: ['bank.example'], days: 90 });
  t.same(Object.keys(made), HOLDERS);
  for (const file of readdirSync(folder)) t.equal(statSync(path.join(folder, file)).mode & 0o777, 0o600, file);
  const all = (): Record<string, string> => Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'latin1')]));
  const first = all();
  await makeBankCertificates(folder, { hosts: ['bank.example'], days: 90 });
  t.same(all(), first, 'again: nothing changes');
  await makeBankCertificates(folder, { hosts: [], days: 1_000 });
  t.equal(all()['ca.crt'], first['ca.crt']);
  t.not(all()['api.crt'], first['api.crt'], 'of a thousand days ninety are the last tenth');
  const { port } = await api(t, made.api, 'required');
  t.equal((await get(port, readTls(made.pipeline))).status, 200, 'one part asks another');
});
