import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { freshDatabase, skipUnless } from '../testing/parts.js';
import { prepareLeases, underLease, type LeaseTimes } from './lease.js';
import { createPool, type Pool } from './pool.js';

const logger = pino({ level: 'silent' });
const NAME = 'ledger-0';
const TIMES: LeaseTimes = { askEveryMs: 50, proveEveryMs: 200, frozenAfterMs: 2_000 };

/** A process that says when the lease is its own, and when it is no longer. */
async function holderProcess(t: Test, url: string): Promise<{ readonly said: () => string; freeze(): void; thaw(): void }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'testing', 'lease-holder.js'), url, NAME, JSON.stringify(TIMES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(async () => {
    const gone = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await gone;
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually(() => said.includes('ours 1'), { deadlineMs: 20_000 });
  return { said: () => said, freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT') };
}

const holding = (pool: Pool, t: Test): { readonly epoch: () => bigint | undefined; readonly lost: () => boolean } => {
  const stopping = new AbortController();
  let [epoch, lost] = [undefined as bigint | undefined, false];
  const held = underLease({ pool, name: NAME, holder: 'here', logger, signal: stopping.signal, times: TIMES }, async (signal, given) => {
    epoch = given;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    lost = !stopping.signal.aborted;
  });
  t.teardown(async () => {
    stopping.abort();
    await held;
  });
  return { epoch: () => epoch, lost: () => lost };
};

async function database(t: Test): Promise<{ url: string; pool: Pool }> {
  const url = await freshDatabase(t, 'lease');
  const pool = createPool(url, { applicationName: 'test' });
  t.teardown(() => pool.end());
  await prepareLeases(pool);
  return { url, pool };
}

t.test('a frozen holder loses the lease to whoever waits, and hears of it when it wakes', { ...skipUnless('postgres'), timeout: 120_000 }, async (t) => {
  const { url, pool } = await database(t);
  const frozen = await holderProcess(t, url);
  const waiting = holding(pool, t);
  frozen.freeze();
  await eventually(() => waiting.epoch() === 2n, { deadlineMs: 60_000 });
  t.notMatch(frozen.said(), /lost/, 'control: it does not know yet');
  frozen.thaw();
  await eventually(() => frozen.said().includes('lost'), { deadlineMs: 20_000 });
  t.equal(waiting.lost(), false);
});

t.test('who proves itself keeps it, however long another waits', { ...skipUnless('postgres'), timeout: 120_000 }, async (t) => {
  const { url, pool } = await database(t);
  const holder = await holderProcess(t, url);
  const waiting = holding(pool, t);
  const proofs = new Set<string>();
  await eventually(async () => {
    const { rows } = await pool.query<{ proved: string }>('SELECT proved_at::text AS proved FROM leases.leases');
    return proofs.add(rows[0]!.proved).size > 15;
  }, { deadlineMs: 60_000 });
  t.equal(waiting.epoch(), undefined);
  t.notMatch(holder.said(), /lost/);
});

t.test('a row that is old, but of another session than the one with the lock, ends nobody', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const { pool } = await database(t);
  const first = holding(pool, t);
  await eventually(() => first.epoch() === 1n);
  const bystander = await pool.connect();
  await bystander.query(`UPDATE leases.leases SET backend = pg_backend_pid(), proved_at = now() - interval '1 day', epoch = 100`);
  const second = holding(pool, t);
  const looks = new Set<string>();
  await eventually(async () => {
    const { rows } = await pool.query<{ at: string }>(`SELECT query_start::text AS at FROM pg_stat_activity WHERE query LIKE '%pg_terminate_backend(backend)%' AND pid <> pg_backend_pid()`);
    rows.forEach(({ at }) => looks.add(at));
    return looks.size >= 3;
  }, { deadlineMs: 30_000 });
  t.equal((await bystander.query('SELECT 1 AS here')).rows[0].here, 1);
  bystander.release();
  t.equal(second.epoch(), undefined);
  t.equal(first.lost(), false);
});
