import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { processIdentity } from '../processes/process-identity.js';
import { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.js';

const logger = pino({ level: 'silent' });

/** A closed folder with a space in its name, as a home directory may be. */
const closedFolder = (t: Test): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook pg-'));
  chmodSync(folder, 0o700);
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  return path.join(folder, 'data');
};

const start = async (t: Test, dataDir: string, more: Partial<PostgresOptions> = {}): Promise<RunningPostgres> => {
  const running = await startPostgres({ dataDir, logger, settings: { shared_buffers: '16MB' }, ...more });
  t.teardown(() => running.stop());
  return running;
};

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const results: { rows: Record<string, unknown>[] } | { rows: Record<string, unknown>[] }[] = await client.query(sql);
    return Object.values([results].flat().at(-1)?.rows[0] ?? {});
  } finally {
    await client.end();
  }
};

test('a new data directory: UTF-8 by the builtin locale, a private password, data and port kept over a restart', async (t) => {
  const dataDir = closedFolder(t);
  const first = await start(t, dataDir);
  t.match(await ask(first.url, "select current_setting('server_version') v, current_setting('server_encoding') e, datlocale from pg_database where datname = 'postgres'"),
    [/^18\./, 'UTF8', 'C.UTF-8']);
  t.equal(statSync(path.join(dataDir, 'password')).mode & 0o777, 0o600);
  t.equal(statSync(dataDir).mode & 0o777, 0o700);
  await ask(first.url, "create table kept (name text); insert into kept values ('张伟')");
  await t.rejects(ask(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1'), /password authentication failed/);

  await t.rejects(startPostgres({ dataDir, logger }), { name: 'PartFailure', message: new RegExp(`already running \\(pid ${process.pid}\\)`) });
  t.same(await ask(first.url, 'select name from kept'), ['张伟'], 'the refused second start disturbed nothing');

  await first.stop();
  await first.stop();
  t.equal(processIdentity(first.pid), undefined);
  const second = await start(t, dataDir);
  t.equal(second.port, first.port);
  t.same(await ask(second.url, 'select name from kept'), ['张伟']);
});

test('an orphan of a killed parent is ended, and what it had committed is there', async (t) => {
  const dataDir = closedFolder(t);
  const { child, url, pid } = await startElsewhere(t, dataDir);
  await ask(url, 'create table kept (n int); insert into kept values (42)');
  await t.rejects(startPostgres({ dataDir, logger }), { message: new RegExp(`already running \\(pid ${child.pid}\\)`) }, 'its parent lives: it is no orphan');
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.ok(processIdentity(pid), 'the killed parent left it running');
  const healed = await start(t, dataDir);
  t.equal(processIdentity(pid), undefined);
  t.same(await ask(healed.url, 'select n from kept'), [42]);
});

test('parent and Postgres killed at once: recovers what was committed', async (t) => {
  const dataDir = closedFolder(t);
  const { child, url, pid } = await startElsewhere(t, dataDir);
  await ask(url, 'create table kept (n int); insert into kept values (7)');
  child.kill('SIGKILL');
  process.kill(pid, 'SIGKILL');
  await once(child, 'exit');
  const healed = await start(t, dataDir);
  t.same(await ask(healed.url, 'select n from kept'), [7]);
});

test('half-written data directories heal; those of others are refused untouched', async (t) => {
  const dataDir = closedFolder(t);
  mkdirSync(path.join(dataDir, 'cluster.new-99', 'base'), { recursive: true });
  mkdirSync(path.join(dataDir, 'cluster'));
  writeFileSync(path.join(dataDir, 'cluster', 'PG_VERSION'), '18\n');
  writeFileSync(path.join(dataDir, 'owner.json'), '{"pid":');
  const running = await start(t, dataDir);
  t.same(await ask(running.url, 'select 1'), [1]);
  await running.stop();
  t.notOk(existsSync(path.join(dataDir, 'cluster.new-99')));
  t.equal(readdirSync(dataDir).filter((name) => name.startsWith('cluster.damaged-')).length, 1, 'moved aside, not deleted');

  unlinkSync(path.join(dataDir, 'cluster', 'passbook-cluster.json'));
  await t.rejects(startPostgres({ dataDir, logger }), { name: 'PartFailure', message: /did not make/ });
  writeFileSync(path.join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  await t.rejects(startPostgres({ dataDir, logger }), { name: 'PartFailure', message: /belongs to Postgres 17/ });
  t.equal(readFileSync(path.join(dataDir, 'cluster', 'PG_VERSION'), 'utf8'), '17\n');
});

test('a lock file whose pid now belongs to a stranger: the stranger lives, Postgres starts', async (t) => {
  const dataDir = closedFolder(t);
  await (await start(t, dataDir)).stop();
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.teardown(() => stranger.kill('SIGKILL'));
  const lock = path.join(dataDir, 'cluster', 'postmaster.pid');
  writeFileSync(lock, `${stranger.pid}\n${path.join(dataDir, 'cluster')}\n1\n5432\n\n127.0.0.1\n\nready   \n`, { mode: 0o600 });
  const running = await start(t, dataDir);
  t.same(await ask(running.url, 'select 1'), [1]);
  t.ok(processIdentity(stranger.pid ?? 0), 'the stranger was not touched');
});

test('a port in use is named', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => { taken.close(); });
  const { port } = taken.address() as { port: number };
  await t.rejects(startPostgres({ dataDir: closedFolder(t), logger, port }), { name: 'PartFailure', message: `port ${port} for Postgres is in use by another program: stop that, or choose another port` });
});

const isRoot = process.getuid?.() === 0;
for (const runAs of ['namespace', 'capability'] as const) {
  test(`as root by ${runAs}, after the other way was used before`, { skip: isRoot ? false : 'only root needs it' }, async (t) => {
    const dataDir = closedFolder(t);
    const before = await start(t, dataDir, { runAs: runAs === 'namespace' ? 'capability' : 'namespace' });
    await ask(before.url, 'create table kept (n int); insert into kept values (1)');
    await before.stop();
    const after = await start(t, dataDir, { runAs });
    t.same(await ask(after.url, 'select n from kept'), [1]);
  });
}

const startElsewhere = async (t: Test, dataDir: string): Promise<{ child: ChildProcess; url: string; pid: number }> => {
  const program = fileURLToPath(new URL('./start-in-child.js', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], LANG: 'C', LC_ALL: 'C' } });
  t.teardown(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, ...(JSON.parse(line) as { url: string; pid: number }) };
  throw new Error('the program ended before Postgres was ready');
};
