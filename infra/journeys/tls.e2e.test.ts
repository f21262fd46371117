import https from 'node:https';
import path from 'node:path';
import { connect } from 'node:net';
import t from 'tap';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { createPool } from '../../shared/read-store/pool.js';
import { readTls } from '../../shared/tls/tls-files.js';
import { foundDemonstration } from '../demonstration/found-demonstration.js';
import { readConnections } from '../supervisor/connections.js';
import { readProcessList } from '../supervisor/process-list.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

/** The status of an answer; rejects where the connection is refused. */
const asks = (url: string, tls: https.RequestOptions): Promise<number> => new Promise((resolve, reject) => {
  https.get(`${url}/health/ready`, { ...tls, agent: false }, (response) => resolve(response.resume().statusCode!)).on('error', reject);
});

/** What a port says to plain HTTP. */
const saidInPlainText = (port: number): Promise<string> => new Promise((resolve) => {
  let said = '';
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'));
  socket.on('data', (chunk) => (said += chunk.toString('latin1'))).on('error', () => {}).on('close', () => resolve(said));
});

async function isReached(url: string, without: readonly string[] = []): Promise<boolean> {
  const made = new URL(url);
  for (const name of without) made.searchParams.delete(name);
  const pool = createPool(made.href, { applicationName: 'tls journey', max: 1 });
  try {
    await pool.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await pool.end();
  }
}

t.test('the whole bank over TLS: it works, and nobody gets in without a certificate or in plain text', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const bank = await startBankUnderTest({ dataDir, tls: true });
  t.teardown(() => bank.stop());
  t.match(bank.url, /^https:/);

  const { customerId, lastPosition } = await foundDemonstration(bank.client);
  t.match(await bank.client.get(`/v1/customers/${customerId}?after=${lastPosition}`), { name: '王芳' }, 'from command to query through every part');
  t.match(await bank.client.get(`/v1/ledger/trial-balance?after=${lastPosition}`), { currencies: [{ difference: '0.00' }, {}, {}] });
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 }, 'tools beside it reach it too');

  const file = (name: string): string => path.join(dataDir, 'tls', name);
  const tools = readTls({ caFile: file('ca.crt'), certFile: file('tools.crt'), keyFile: file('tools.key') });
  t.equal(await asks(bank.url, { ca: tools.ca }), 200, 'the API asks no certificate of browsers');
  await t.rejects(asks(bank.url, {}), 'whoever does not know the authority does not believe it');
  t.notMatch(await saidInPlainText(Number(new URL(bank.url).port)), / 200 /);
  for (const role of ['pipeline', 'evaluation', 'event-store']) {
    const { statusPort } = readProcessList(dataDir)[role]!;
    const url = `https://127.0.0.1:${statusPort}`;
    t.equal(await asks(url, tools), 200, `${role}: control`);
    await t.rejects(asks(url, { ca: tools.ca }), `${role}: without a certificate`);
    t.notMatch(await saidInPlainText(statusPort!), / 200 /, `${role}: in plain text`);
  }

  const connections = readConnections(dataDir)!;
  const postgresUrl = connections['PASSBOOK_POSTGRES_URL']!;
  t.equal(await isReached(postgresUrl), true, 'Postgres: control');
  t.equal(await isReached(postgresUrl, ['sslcert', 'sslkey']), false, 'Postgres: the password alone is not enough');
  t.equal(await isReached(postgresUrl, ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']), false, 'Postgres: in plain text');

  const eventStore = connections['PASSBOOK_EVENTSTORE_URL']!;
  const pings = async (url: string): Promise<boolean> => {
    const store = openEventStore({ url, timeouts: { readMs: 3_000 } });
    try {
      await store.ping();
      return true;
    } catch {
      return false;
    } finally {
      await store.close();
    }
  };
  t.equal(await pings(eventStore), true, 'the event store: control');
  t.equal(await pings(eventStore.replace(/&user(Cert|Key)File=[^&]*/g, '')), false, 'the event store: without a certificate');
  t.equal(await pings(eventStore.replace(/\?.*/, '?tls=false')), false, 'the event store: in plain text');
  t.equal(await bank.stop(), 0);
});
