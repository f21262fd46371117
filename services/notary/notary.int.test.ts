import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import type { EventStore, NewEvent } from '../../shared/event-store/port.js';
import { openCheckpoint, verifierOf } from '../../shared/merkle/checkpoint.js';
import { rootOf } from '../../shared/merkle/tree.js';
import { createPool, type Pool } from '../../shared/read-store/pool.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { HeadTaken, type HeadExport } from './head-export.js';
import { headsFolder } from './heads-folder.js';
import { startNotary, type Notary, type NotaryOptions } from './notary.js';
import { openSigningKey, readSigningKey } from './signing-key.js';
import { SignedHeads } from './signed-heads.js';
import { StoredTree } from './stored-tree.js';
import { leafOfStored, Overtaken, TreeKeeper } from './tree-keeper.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const WAIT = { deadlineMs: 15_000 };
const ORIGIN = 'bank.example/log';
const EAGER = { signEveryMs: 0, saveEveryMs: 10, shortLogPatienceMs: 100 };

const eventOf = (number: number): NewEvent => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, type: 'ThingHappened', data: { number }, metadata: { recordedAt: '2026-01-01T00:00:00.000Z' },
});

/** A log of `count` events; `changed` stands for one of them with other data. */
async function logOf(count: number, changed?: number, from?: EventStore): Promise<EventStore> {
  const store = from ?? memoryEventStore();
  for (let n = 0; n < count; n++) await store.append(`thing-${n % 7}`, [n === changed ? { ...eventOf(n), data: { number: n, forged: true } } : eventOf(n)], 'any');
  return store;
}

async function rootOfLog(store: EventStore, size: number): Promise<string> {
  const leaves: Buffer[] = [];
  for await (const event of store.readAll({ bytes: true, limit: size })) leaves.push(leafOfStored(event));
  return rootOf(leaves).toString('hex');
}

async function world(t: Test) {
  const pool = createPool(await freshDatabase(t, 'notary'), { applicationName: 'notary', max: 8, logger });
  t.teardown(() => pool.end());
  const folder = path.join(t.testdir(), 'heads');
  const key = await openSigningKey(path.join(t.testdirName, 'keys/notary.key'));
  const heads = headsFolder(folder);
  return {
    pool, key, heads, folder,
    async start(eventStore: EventStore, changes: Partial<NotaryOptions> = {}): Promise<Notary> {
      const notary = await startNotary({ eventStore, opsPool: pool, heads, key, origin: ORIGIN, logger, timings: EAGER, ...changes });
      t.teardown(() => notary.stop());
      return notary;
    },
    /** What was exported, each note checked with the public key. */
    async exported(): Promise<{ size: number; root: string }[]> {
      const found: { size: number; root: string }[] = [];
      for await (const { number, note } of heads.read(1)) {
        const head = openCheckpoint(note, verifierOf(ORIGIN, key));
        if (!head) throw new Error(`note ${number} is not signed by the key`);
        found.push({ size: head.size, root: Buffer.from(head.root).toString('hex') });
      }
      return found;
    },
  };
}

const breakLease = (pool: Pool) =>
  pool.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);

test('every event becomes a leaf, heads are signed over the log\'s own root, and a restart goes on', skipUnless('postgres'), async (t) => {
  const { pool, start, exported } = await world(t);
  const store = await logOf(700);
  const metrics = createMetrics();
  const first = await start(store, { metrics });
  await eventually(() => first.status().signedSize === 700, WAIT);
  t.equal(first.status().lagSeconds, 0);
  t.doesNotThrow(() => first.check());
  t.match((await metrics.page()).text, /bank_notary_size 700[^]*bank_notary_signed_size 700[^]*bank_notary_halted 0/);
  await first.stop();

  const reads: unknown[] = [];
  const watched: EventStore = { ...store, subscribeAll: (options) => (reads.push(options.after?.commit), store.subscribeAll(options)) };
  const second = await start(watched);
  await store.append('thing-1', [eventOf(700), eventOf(701)], 'any');
  await eventually(() => second.status().signedSize === 702, WAIT);
  t.same(reads, [70_000n], 'read on behind the last event');
  t.equal((await exported()).at(-1)?.root, await rootOfLog(store, 702));
  const tree = new StoredTree(pool);
  t.equal((await tree.rootAt(513)).toString('hex'), await rootOfLog(store, 513), 'the root of any size is in the tiles');
  t.match(await tree.leafAt(70_000n), { index: 699, stream: 'thing-6', revision: 99 });
});

test('a head is signed only when the tree grew, at most as often as told, and on stopping', skipUnless('postgres'), async (t) => {
  const { start, exported } = await world(t);
  const store = await logOf(10);
  const notary = await start(store, { timings: { ...EAGER, signEveryMs: 3_600_000, signEveryEvents: 20 } });
  await eventually(() => notary.status().size === 10, WAIT);
  t.same(await exported(), [], 'neither time nor events');
  for (let n = 10; n < 25; n++) await store.append('thing-1', [eventOf(n)], 'any');
  await eventually(() => notary.status().signedSize >= 20, WAIT);
  const signed = (await exported()).length;
  await store.append('thing-1', [eventOf(25)], 'any');
  await eventually(() => notary.status().size === 26, WAIT);
  await notary.stop();
  t.same((await exported()).slice(signed), [{ size: 26, root: await rootOfLog(store, 26) }], 'on stopping');
  const again = await start(store);
  await eventually(() => again.status().state === 'following' && again.status().lagSeconds === 0, WAIT);
  await again.stop();
  t.equal((await exported()).length, signed + 1, 'nothing new, no head');
});

test('connections that break at any moment cost nothing', skipUnless('postgres'), async (t) => {
  const { pool, start, exported } = await world(t);
  const store = await logOf(50);
  const notaries = [await start(store, { instance: 'one' }), await start(store, { instance: 'two' })];
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 40; n++) await store.append('thing-1', [eventOf(1_000 * (round + 1) + n)], 'any');
    if (round % 2 === 0) await pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()').catch(() => undefined);
    else await breakLease(pool);
    await eventually(() => notaries.some((one) => one.status().size === 50 + (round + 1) * 40), WAIT);
  }
  await eventually(async () => (await exported()).at(-1)?.size === 250, WAIT);
  const heads = await exported();
  for (const { size, root } of heads) t.equal(root, await rootOfLog(store, size), `head over ${size}`);
  t.same(heads.map(({ size }) => size), [...new Set(heads.map(({ size }) => size))].sort((a, b) => a - b), 'each size once, growing');
});

test('one that froze before it signed signs nothing else when it wakes', skipUnless('postgres'), async (t) => {
  const { pool, start, exported, heads } = await world(t);
  let [armed, frozen] = [false, false];
  let wake = (): void => undefined;
  const freezing: HeadExport = {
    ...heads,
    async append(head) {
      if (armed && !frozen) {
        frozen = true;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      await heads.append(head);
    },
  };
  // The sleeper and its successor do not see the same log: what the one has read was rewritten before the other read on.
  const [old, forged] = [await logOf(20), await logOf(20)];
  const sleeper = await start(old, { heads: freezing, instance: 'sleeper' });
  await eventually(() => sleeper.status().signedSize === 20, WAIT);
  armed = true;
  await old.append('thing-1', [eventOf(20)], 'any');
  await eventually(() => frozen, WAIT);
  await breakLease(pool);
  await forged.append('thing-1', [{ ...eventOf(20), data: { number: 'forged' } }], 'any');
  await forged.append('thing-1', [eventOf(21)], 'any');
  const heir = await start(forged, { instance: 'heir' });
  await eventually(() => heir.status().state === 'halted', WAIT);
  const before = (await exported()).length;
  wake();
  await sleeper.stop();
  await heir.stop();
  t.ok((await exported()).length - before <= 1);
  t.same((await exported()).slice(-2), [{ size: 20, root: await rootOfLog(old, 20) }, { size: 21, root: await rootOfLog(old, 21) }], 'the one head that was announced, and no other');
});

test('the fence: an epoch that is over writes neither leaves nor heads; the present one does', skipUnless('postgres'), async (t) => {
  const { pool, key, heads, start } = await world(t);
  const store = await logOf(5);
  const notary = await start(store);
  await eventually(() => notary.status().signedSize === 5, WAIT);
  await notary.stop();
  const epoch = BigInt((await pool.query('SELECT epoch FROM leases.leases WHERE name = \'notary\'')).rows[0].epoch);
  await store.append('thing-1', [eventOf(5)], 'any');
  const grown = async (of: bigint): Promise<[TreeKeeper, SignedHeads]> => {
    const keeper = await TreeKeeper.load(pool, of);
    const signed = new SignedHeads(pool, of, heads, ORIGIN, key);
    for await (const event of store.readAll({ bytes: true })) if (event.position > (keeper.resume?.commit ?? -1n)) keeper.add(event, { commit: event.position, prepare: event.position });
    return [keeper, signed];
  };
  const [late, lateHeads] = await grown(epoch - 1n);
  await t.rejects(late.save(), Overtaken);
  await t.rejects(lateHeads.reconcile(), Overtaken);
  const [one, heads1] = await grown(epoch);
  const [two, heads2] = await grown(epoch);
  await heads1.reconcile();
  await heads2.reconcile();
  await one.save();
  await t.rejects(two.save(), Overtaken, 'nor a second of the same epoch');
  t.ok(await heads1.sign({ size: 6, root: one.tree.root() }));
  await t.rejects(heads2.sign({ size: 6, root: Buffer.alloc(32) }), Overtaken);
  await pool.query('UPDATE leases.leases SET epoch = epoch + 1');
  await t.rejects(heads1.sign({ size: 7, root: one.tree.root() }), Overtaken);
  await heads.append({ number: 2, note: (await heads.read(2)[Symbol.asyncIterator]().next()).value!.note });
  await t.rejects(heads.append({ number: 2, note: 'another' }), HeadTaken);
});

test('a log that was rewritten halts the notary, whatever of the tree is still there', skipUnless('postgres'), async (t) => {
  for (const [what, forge, keepTree] of [
    ['an event under a head is another, the tree is lost', () => logOf(40, 11), false],
    ['the last event is another', () => logOf(40, 39), true],
    ['the end is missing, the tree is lost', () => logOf(39), false],
    ['the end is missing', () => logOf(39), true],
    ['control: the tree is lost, the log is whole', () => logOf(40), false],
    ['control: the tree is damaged, the log is whole', () => logOf(40), 'damaged'],
  ] as const) {
    const { pool, start, exported } = await world(t);
    const honest = await start(await logOf(40));
    await eventually(() => honest.status().signedSize === 40, WAIT);
    await honest.stop();
    if (keepTree === false) await pool.query('DROP SCHEMA notary CASCADE');
    if (keepTree === 'damaged') await pool.query(`UPDATE notary.tiles SET hashes = set_byte(hashes, 100, 255 - get_byte(hashes, 100))`);
    const metrics = createMetrics();
    const store = await forge();
    const notary = await start(store, { metrics });
    if (what.startsWith('control')) {
      await store.append('thing-1', [eventOf(40)], 'any');
      await eventually(() => notary.status().signedSize === 41, WAIT);
      t.equal((await exported()).at(-1)?.root, await rootOfLog(store, 41), what);
      continue;
    }
    await eventually(() => notary.status().state === 'halted', WAIT);
    t.throws(() => notary.check(), /halted/, what);
    t.match((await metrics.page()).text, /bank_notary_halted 1/);
    await notary.stop();
    t.equal((await exported()).at(-1)?.size, 40, 'nothing more was signed');
  }
});

test('heads that this key did not sign, or that are not those signed here, halt the notary', skipUnless('postgres'), async (t) => {
  const { pool, start, folder } = await world(t);
  const store = await logOf(5);
  const otherKey = await openSigningKey(path.join(t.testdirName, 'other.key'));
  const other = await start(store, { key: otherKey });
  await eventually(() => other.status().signedSize === 5, WAIT);
  await other.stop();
  const files = (): string[] => readdirSync(path.join(folder, '000000000'));
  const before = files();
  await store.append('thing-1', [eventOf(5)], 'any');
  const notary = await start(store);
  await eventually(() => notary.status().state === 'halted', WAIT);
  t.match(notary.status().failure, /not signed by this key/);
  await notary.stop();
  await pool.query('UPDATE notary.heads SET root = $1', [Buffer.alloc(32)]);
  const changed = await start(store, { key: otherKey });
  await eventually(() => changed.status().state === 'halted', WAIT);
  t.match(changed.status().failure, /not the one signed here/);
  t.same(files(), before, 'nothing more was signed');
});

test('an export that is away is outlived', skipUnless('postgres'), async (t) => {
  const { start, heads, exported } = await world(t);
  const store = await logOf(5);
  let away = true;
  const notary = await start(store, { heads: { ...heads, append: (head) => (away ? Promise.reject(new Error('away')) : heads.append(head)) } });
  await eventually(() => notary.status().size === 5, WAIT);
  await store.append('thing-1', [eventOf(5)], 'any');
  await eventually(() => notary.status().size === 6, WAIT);
  t.same(await exported(), []);
  away = false;
  await eventually(async () => (await exported()).at(-1)?.size === 6, WAIT);
});

test('the key is made once, of mode 0600, and refused where others may read it', async (t) => {
  const file = path.join(t.testdir(), 'vault/notary.key');
  t.equal(await readSigningKey(file), undefined);
  const keys = await Promise.all([openSigningKey(file), openSigningKey(file)]);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(new Set(keys.map((key) => verifierOf(ORIGIN, key).text)).size, 1, 'two that make it at once have the same');
  t.equal(readdirSync(path.dirname(file)).length, 1);
  chmodSync(file, 0o644);
  await t.rejects(openSigningKey(file), { name: 'SigningKeyFault', message: /mode 644/ });
  chmodSync(file, 0o600);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
  await t.rejects(openSigningKey(file), { name: 'SigningKeyFault', message: /no Ed25519/ });
});
