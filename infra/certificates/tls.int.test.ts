import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createServer } from 'node:tls';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { connectRedis } from '../../shared/cache/redis-connection.js';
import { eventStoreUrlWith, postgresUrlWith } from '../../shared/config/tls.js';
import { createClient } from '../../shared/event-bus/kafka/client.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { createPool } from '../../shared/read-store/pool.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { readTls, type TlsFiles } from '../../shared/tls/tls-files.js';
import { startEventStoreServer } from '../event-store/server.js';
import { startKafka } from '../kafka/kafka.js';
import { startPostgres } from '../postgres/postgres.js';
import { startRedis } from '../redis/redis.js';
import { certificateFiles, REFUSED, type Client, type Kind } from './testing/certificate-files.js';

const logger = pino({ level: 'silent' });

/** What a client is told; without `shows` it has no certificate. */
type Shown = Pick<TlsFiles, 'caFile'> & Partial<TlsFiles>;
type Files = Readonly<Record<Kind, TlsFiles>>;

function folder(t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'passbook-tls-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const shownBy = (files: Files, { trusts, shows }: Client): Shown => ({ ...(shows !== 'nothing' && files[shows]), caFile: files[trusts].caFile });
const materialOf = ({ caFile, certFile, keyFile }: Shown) => {
  const { ca } = readTls({ caFile, certFile: caFile, keyFile: caFile });
  return certFile === undefined || keyFile === undefined ? { ca } : readTls({ caFile, certFile, keyFile });
};
const plainTextOf = (url: string, options: Record<string, string | undefined>): string => {
  const made = new URL(url);
  for (const [name, value] of Object.entries(options)) if (value !== undefined) made.searchParams.set(name, value);
  return made.href;
};

interface Served {
  /** Resolves when a question was answered; undefined: in plain text. */
  ask(client: Shown | undefined): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** One part, however it is reached: who belongs to the bank is answered, nobody else is, and no other server is believed. */
async function onlyOurs(t: Test, files: Files, serve: (shows: TlsFiles) => Promise<Served>, otherServers: readonly Kind[] = ['expired', 'elsewhere']): Promise<void> {
  const served = await serve(files.good);
  try {
    await t.resolves(served.ask(files.good), 'control: with certificates on both sides it answers');
    await t.resolves(served.ask(files.renewed), 'control: and another of the same authority');
    await Promise.all(REFUSED.map((client) => t.rejects(served.ask(shownBy(files, client)), `${client.what} is refused`)));
    await t.rejects(served.ask(undefined), 'plain text is refused');
  } finally {
    await served.stop();
  }
  for (const shows of otherServers) {
    const other = await serve(files[shows]);
    await t.rejects(other.ask(files.good), `a server whose certificate is ${shows} is not believed`);
    await other.stop();
  }
}

t.test('Postgres', skipUnless('postgres'), async (t) => {
  const dataDir = folder(t);
  await onlyOurs(t, await certificateFiles(t), async (tls) => {
    const postgres = await startPostgres({ dataDir, logger, tls });
    return {
      async ask(client) {
        const url = client === undefined ? plainTextOf(postgres.url, { sslmode: 'disable' })
          : client.certFile === undefined ? plainTextOf(postgres.url, { sslmode: 'verify-full', sslrootcert: client.caFile })
            : postgresUrlWith(client as TlsFiles, postgres.url, []);
        const pool = createPool(url, { applicationName: 'tls', max: 1 });
        try {
          const { rows } = await pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
          if (rows[0]?.ssl !== true) throw new Error('the connection is not encrypted');
        } finally {
          await pool.end();
        }
      },
      stop: () => postgres.stop(),
    };
  });
});

t.test('Redis', skipUnless('redis'), async (t) => {
  await onlyOurs(t, await certificateFiles(t), async (tls) => {
    const redis = await startRedis({ dataDir: folder(t), logger, tls });
    return {
      async ask(client) {
        const url = client === undefined ? redis.url.replace('rediss:', 'redis:') : redis.url;
        const connection = connectRedis({ url, ...(client && { tls: materialOf(client) }) }, { deadlineMs: 2_000, logger, scripts: undefined });
        try {
          await new Promise<void>((resolve, reject) => connection.once('ready', resolve).once('close', () => reject(new Error('the connection was closed'))));
          return await connection.ping();
        } finally {
          connection.disconnect();
        }
      },
      stop: () => redis.stop(),
    };
  }, []);
});

t.test('Kafka', skipUnless('kafka'), async (t) => {
  await onlyOurs(t, await certificateFiles(t), async (tls) => {
    const kafka = await startKafka({ dataDir: folder(t), logger, tls });
    return {
      async ask(client) {
        const admin = createClient({ brokers: [kafka.brokers], clientId: 'tls', ...(client && { ssl: materialOf(client) }), retries: 1 }, logger).admin();
        try {
          await admin.connect();
          return await admin.listTopics();
        } finally {
          await admin.disconnect().catch(() => undefined);
        }
      },
      stop: () => kafka.stop(),
    };
  }, []);
});

t.test('what only looks like Redis or Kafka is told nothing', async (t) => {
  const files = await certificateFiles(t);
  for (const shows of ['good', 'expired', 'elsewhere', 'stranger'] as const) {
    let trusted = 0;
    const server = createServer({ ...readTls(files[shows]) }, (socket) => {
      socket.on('error', () => {}).on('data', () => {
        trusted++;
        socket.destroy();
      });
    }).on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const redis = connectRedis({ url: `rediss://:password@127.0.0.1:${port}`, tls: readTls(files.good) }, { deadlineMs: 2_000, logger, scripts: undefined });
    await new Promise((resolve) => redis.once('close', resolve));
    redis.disconnect();
    t.equal(trusted, shows === 'good' ? 1 : 0, `Redis, ${shows}`);
    const admin = createClient({ brokers: [`127.0.0.1:${port}`], clientId: 'tls', ssl: readTls(files.good), retries: 0 }, logger).admin();
    await t.rejects(admin.connect());
    t.equal(trusted > 1, shows === 'good', `Kafka, ${shows}`);
    server.close();
  }
});

t.test('the event store', skipUnless('postgres'), async (t) => {
  await onlyOurs(t, await certificateFiles(t), async (tls) => {
    const server = await startEventStoreServer({ postgresUrl: await freshDatabase(t, 'log'), port: 0, logger, tls });
    return {
      async ask(client) {
        const plain = server.url.replace(/\?.*$/, '');
        const url = client === undefined ? `${plain}?tls=false`
          : client.certFile === undefined ? `${plain}?tls=true&tlsCAFile=${encodeURIComponent(client.caFile)}`
            : eventStoreUrlWith(client as TlsFiles, plain, []);
        const store = openEventStore({ url, timeouts: { readMs: 5_000 } });
        try {
          await store.ping();
        } finally {
          await store.close();
        }
      },
      stop: () => server.stop(),
    };
  });
});
