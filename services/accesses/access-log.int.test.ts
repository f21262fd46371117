import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { allRights } from '../../shared/access/rights.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { openAccesses } from '../../shared/events/accesses/opened.js';
import { createCodec } from '../../shared/events/codec.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { StoreFailure, type EventStore } from '../../shared/event-store/port.js';
import type { Access } from '../../shared/http/access-record.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { openAccessLog, type AccessLogOptions } from './access-log.js';
import { shipLeftovers } from './leftovers.js';
import { lineOf } from './record.js';
import { Shipper } from './shipping.js';
import { Spool } from './spool.js';
import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { storedAccesses } from './testing/stored-accesses.js';

const ANNA = '0198a7c2-0000-7000-8000-00000000000a';
const BEN = '0198a7c2-0000-7000-8000-00000000000b';
const STAFF = '0198a7c2-0000-7000-8000-00000000000c';

const accessOf = (more: Partial<Access> = {}): Access => ({
  at: new Date('2026-03-02T01:02:03.004Z'), requestId: randomUUID(), principal: { id: STAFF, role: 'teller', channel: 'online', rights: allRights(STAFF), session: { id: randomUUID(), signedInAt: new Date(0) } },
  route: 'GET /v1/customers/:id', status: 200, purpose: 'service', address: '192.0.2.77', device: 'Unusual-Browser/7', customers: [ANNA], accounts: [], counterparties: [], clear: ['name'], masked: ['contact'],
  fields: [], criteria: [], ...more,
});

/** A store that can be away, and that can store and lose the answer. */
function weakStore() {
  const store = memoryEventStore();
  const weak = { away: false, losesAnswers: 0 };
  const append: EventStore['append'] = async (...of) => {
    if (weak.away) throw new StoreFailure('unavailable', 'away');
    const appended = await store.append(...of);
    if (weak.losesAnswers-- > 0) throw new StoreFailure('outcome-unknown', 'lost');
    return appended;
  };
  return Object.assign(weak, { store: { ...store, append } });
}

async function opened(t: Test, options: Partial<AccessLogOptions> = {}) {
  const vault = createMemoryVault();
  const weak = weakStore();
  const folder = t.testdir();
  const metrics = createMetrics();
  const parts = { store: weak.store, codec: createCodec(vault), vault, folder, logger: pino({ level: 'silent' }) };
  const log = await openAccessLog({
    ...parts, mostBytes: 1e6, partiesOfAccount: (id) => (id === 'joint' ? [ANNA, BEN] : undefined), owner: { pid: 1, startedAt: 'x' }, isRunning: () => false, shipEveryMs: 10, metrics, ...options,
  });
  t.teardown(() => log.stop());
  const stored = async () => openAccesses(vault, await storedAccesses(weak.store));
  const bytes = async (): Promise<string> => (await Promise.all((await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name), 'latin1')))).join('');
  /** The log once it has so many, or more. */
  const until = (count: number) => eventually(async () => {
    const all = await stored();
    return all.length >= count ? all : undefined;
  });
  return { until, log, weak, vault, folder, stored, bytes, parts, metrics };
}

t.test('what is recorded is in the log, with what is personal sealed: in the log, and in the spool before', async (t) => {
  const { log, stored, until, weak, bytes, vault } = await opened(t);
  weak.away = true;
  const reason = 'a most unusual reason';
  await log.record(accessOf({ reason }));
  await log.record(accessOf({ reason, customers: [], accounts: ['joint'], principal: { id: 'client', role: 'client', channel: 'system', rights: allRights('client') } }));
  const raw = await bytes();
  t.match(raw, new RegExp(ANNA));
  t.notMatch(raw, /unusual|192\.0\.2/i);
  weak.away = false;
  const [first, second] = await until(2);
  t.match(first, { number: 1, actor: { id: STAFF, role: 'teller' }, customers: [ANNA], clear: ['name'], masked: ['contact'], from: { address: '192.0.2.77', device: 'Unusual-Browser/7' }, reason });
  t.match(second, { number: 2, actor: { id: 'client' }, customers: [ANNA, BEN], accounts: ['joint'], reason }, 'who holds an account is a subject');
  t.notMatch(JSON.stringify(await storedAccesses(weak.store)), /unusual|192\.0\.2/i);
  await vault.erase(ANNA);
  const [erased, house] = await stored();
  t.notOk(erased!.reason, 'the reason of one customer goes with that customer');
  t.equal(house!.reason, reason);
  await log.record(accessOf({ reason }));
  t.notOk((await until(3))[2]!.reason, 'nothing personal is written of who is erased');
});

t.test('what is being written down when it stops is stored first, and nothing after it', async (t) => {
  const { log, vault, stored, folder } = await opened(t);
  const { keysOf } = vault;
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  Object.assign(vault, { keysOf: async (ids: readonly string[]) => { await held; return keysOf(ids); } });
  for (let n = 0; n < 3; n++) log.refused(accessOf({ status: 403, code: 'outside_scope', clear: [], masked: [] }));
  const stopped = log.stop();
  await letTimePass(50, 'a stop that waits for nothing would be over');
  t.match(await readdir(folder), { length: 1 }, 'the spool is there until all of it is stored');
  release();
  await stopped;
  t.same((await stored()).map(({ times = 1 }) => times), [1, 2]);
  t.same(await readdir(folder), []);
  await t.rejects(log.record(accessOf()), /closed/);
  t.same(await readdir(folder), []);
});

t.test('while the event store is away reads go on as long as there is room, then they are refused, and go on again', async (t) => {
  const { log, weak, until, metrics } = await opened(t, { mostBytes: 20_000 });
  log.check();
  weak.away = true;
  const sent: string[] = [];
  const refused: unknown[] = [];
  for (let n = 0; n < 100; n++) {
    const access = accessOf();
    await log.record(access).then(() => sent.push(access.requestId), (error: unknown) => refused.push(error));
  }
  t.ok(sent.length > 10 && refused.length > 10, `${sent.length} taken, ${refused.length} refused`);
  t.match(refused[0], { name: 'SpoolFull' });
  t.throws(() => log.check(), /full/);
  t.match((await metrics.page()).text, /bank_access_log_unstored_bytes (19|2)\d{3,4}\n/);
  weak.away = false;
  t.same((await until(sent.length)).map(({ requestId }) => requestId), sent);
  await eventually(() => log.status().unshippedBytes === 0);
  log.check();
  await log.record(accessOf());
  await until(sent.length + 1);
  await eventually(() => log.status().unshippedBytes === 0);
  t.match((await metrics.page()).text, new RegExp(`bank_access_log_stored_total ${sent.length + 1}\n`));
});

t.test('an append whose answer is lost is not stored twice', async (t) => {
  const { log, weak, until } = await opened(t);
  weak.losesAnswers = 3;
  const sent: string[] = [];
  for (let n = 0; n < 200; n++) {
    const access = accessOf();
    await log.record(access);
    sent.push(access.requestId);
  }
  t.same((await until(sent.length)).map(({ requestId }) => requestId), sent);
  t.ok(weak.losesAnswers <= 0);
});

t.test('a spool that is taken away refuses', async (t) => {
  const { log, folder } = await opened(t);
  await log.record(accessOf());
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
  await t.rejects(log.record(accessOf()));
  t.throws(() => log.check(), /cannot be written/);
});

t.test('what others left is stored once, but for the line that was cut off; what is still written is left alone', async (t) => {
  const { log, weak, folder, stored, parts } = await opened(t, { shipEveryMs: 1e6 });
  weak.away = true;
  for (let n = 0; n < 5; n++) await log.record(accessOf());
  const [own] = await readdir(folder);
  const others = path.join(folder, '..', `${path.basename(folder)}-others`);
  t.teardown(() => rm(others, { recursive: true, force: true }));
  const left = async (): Promise<void> => {
    await mkdir(others, { recursive: true });
    await cp(path.join(folder, own!), path.join(others, own!), { recursive: true });
    await appendFile(path.join(others, own!, (await readdir(path.join(others, own!))).find((name) => name.endsWith('.jsonl'))!), '{"number":6,"at":"2026-');
  };
  const leftovers = { ...parts, folder: others, except: '', onShipped: () => {} };
  weak.away = false;
  await left();
  await shipLeftovers({ ...leftovers, isRunning: () => true });
  t.equal((await stored()).length, 0);
  await shipLeftovers({ ...leftovers, isRunning: () => false });
  t.equal((await stored()).length, 5);
  t.same(await readdir(others), []);
  await left();
  await Promise.all([shipLeftovers({ ...leftovers, isRunning: () => false }), shipLeftovers({ ...leftovers, isRunning: () => false }).catch(() => undefined)]);
  t.equal((await stored()).length, 5, 'one who died after storing and before removing has it stored once all the same');
});

t.test('refusals are recorded and their repeats counted, also when the process ends in order', async (t) => {
  const { log, stored, folder } = await opened(t);
  for (let n = 0; n < 50; n++) log.refused(accessOf({ status: 403, code: 'outside_scope', clear: [], masked: [] }));
  await log.stop();
  t.match(await stored(), [{ status: 403, code: 'outside_scope' }, { status: 403, times: 49 }]);
  t.same(await readdir(folder), [], 'and leaves nothing');
});

t.test('what is stored is deleted, file by file', async (t) => {
  const { store } = weakStore();
  const folder = t.testdir();
  const spool = await Spool.create({ folder, id: randomUUID(), mostBytes: 1e6, fileBytes: 1_000, owner: { pid: 1, startedAt: 'x' } });
  const shipper = new Shipper({ store, codec: createCodec(createMemoryVault()), spool: spool.id, folder: spool.folder, onShipped: (bytes) => spool.shipped(bytes) });
  t.teardown(() => shipper.close());
  const files = async () => (await readdir(spool.folder)).filter((name) => name.endsWith('.jsonl')).length;
  for (let n = 0; n < 50; n++) await spool.append((number) => lineOf(accessOf(), [ANNA], 1, {}, spool.id, number));
  t.ok((await files()) > 5, `${await files()} files`);
  await shipper.ship();
  t.equal(await files(), 1, 'the one that is written to');
  t.equal(spool.unshippedBytes, 0);
  t.same((await storedAccesses(store)).map(({ access }) => access.number), Array.from({ length: 50 }, (_, index) => index + 1));
  await spool.close();
});
