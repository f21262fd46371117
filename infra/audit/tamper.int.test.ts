import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { twoCustomers } from '../../projections/ledger/testing/two-customers.js';
import { headsFolder } from '../../services/notary/heads-folder.js';
import { startNotary } from '../../services/notary/notary.js';
import { openSigningKey } from '../../services/notary/signing-key.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import { verifierOf } from '../../shared/merkle/checkpoint.js';
import { createPool, type Pool } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { encodeFrames } from '../event-store/frames.js';
import { startEventStoreServer } from '../event-store/server.js';
import { TreeCheck } from './check-tree.js';
import type { BankRecords } from './open-records.js';
import { checkProof } from './proof-file.js';
import { NothingToProve, ProofFails, proveConsistency, proveInclusion } from './prove.js';
import { storedLog } from './testing/stored-log.js';
import { verifyLog } from './verify.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const ORIGIN = 'bank.example/log';

/** A log in the embedded store, two shards written in turns, an append an event; signed once in its middle and once at its end. */
async function signedLog(t: Test) {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-tamper-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const logUrl = await freshDatabase(t, 'tamper_log');
  const pool = async (url: string): Promise<Pool> => {
    const made = createPool(url, { applicationName: 'tamper', max: 4, logger });
    t.teardown(() => made.end());
    return made;
  };
  const [rows, opsPool] = [await pool(logUrl), await pool(await freshDatabase(t, 'tamper_ops'))];
  const key = await openSigningKey(path.join(folder, 'notary.key'));
  const heads = headsFolder(path.join(folder, 'heads'));
  const verifier = verifierOf(ORIGIN, key);
  const events = (await storedLog(twoCustomers())).flatMap((event) => [event, { ...event, stream: 'ledger-1' }]);

  const withStore = async <T>(work: (log: EventStore) => Promise<T>): Promise<T> => {
    const server = await startEventStoreServer({ postgresUrl: logUrl, port: 0, logger });
    const log = openEventStore({ url: server.url, logger });
    try {
      return await work(log);
    } finally {
      await log.close();
      await server.stop();
    }
  };
  const sign = (log: EventStore, size: number) => startNotary({ eventStore: log, opsPool, heads, key, origin: ORIGIN, logger, timings: { saveEveryMs: 10 } }).then(async (notary) => {
    await eventually(() => notary.status().size === size);
    await notary.stop();
  });
  const half = Math.floor(events.length / 4) * 2;
  await withStore(async (log) => {
    for (const [index, { stream, revision, id, type, data, metadata }] of events.entries()) {
      if (index === half) await sign(log, half);
      await log.append(stream, [{ id, type, data, metadata }], revision === 0n ? 'no-stream' : revision - 1n);
    }
    await sign(log, events.length);
  });
  return {
    rows, opsPool, heads, verifier, half, size: events.length,
    withSources: <T>(work: (sources: { log: EventStore; opsPool: Pool; heads: typeof heads; verifier: typeof verifier }) => Promise<T>) => withStore((log) => work({ log, opsPool, heads, verifier })),
    events: () => withStore(async (log) => {
      const found: StoredEvent[] = [];
      for await (const event of log.readAll({ bytes: true })) found.push(event);
      return found;
    }),
    /** What verification tells; without the tree for comparison. */
    verify: ({ tree = true, record = opsPool as Pool, key: by = verifier as typeof verifier | 'none' } = {}) => withStore(async (log) => {
      const found: string[] = [];
      const tell = ({ code, where, detail }: { code: string; where: string; detail: string }): unknown => found.push(`${code} ${where} ${detail}`);
      const check = tree ? await TreeCheck.open(record, heads, by === 'none' ? undefined : by, tell) : undefined;
      await verifyLog({ log, codec: createCodec(createMemoryVault()) } as unknown as BankRecords, tell, check);
      return { found, fitting: check?.fittingHeads ?? 0 };
    }),
  };
}

const rowOf = async (rows: Pool, position: bigint): Promise<{ frames: Buffer; created_ms: string }> =>
  (await rows.query('SELECT frames, created_ms FROM append WHERE position = $1', [position.toString()])).rows[0];

test('an undamaged log is clean under all its heads, and stays so as it grows', skipUnless('postgres'), async (t) => {
  const { verify, withSources, size } = await signedLog(t);
  t.same(await verify(), { found: [], fitting: 2 });
  await withSources(({ log }) => log.append('ledger-1', [{ id: '00000000-0000-4000-8000-000000000001', type: 'Strange', data: {}, metadata: {} }], 'any'));
  const { found, fitting } = await verify();
  t.same(found.filter((line) => !/^event_(unknown|unreadable)/.test(line)), [], `nothing but that it is strange, after ${size}`);
  t.equal(fitting, 2);
});

test('one flipped byte is found and named', skipUnless('postgres'), async (t) => {
  const { rows, events, verify, half } = await signedLog(t);
  const log = await events();
  for (const [what, index] of [['under the first head', 4], ['under the second', half + 3], ['the last', log.length - 1]] as const) {
    const event = log[index]!;
    const { frames } = await rowOf(rows, event.position);
    // One bit of one letter within the stored data: still JSON, and of the same length.
    const at = frames.indexOf(Buffer.from(event.bytes!.data)) + Buffer.from(event.bytes!.data).lastIndexOf('"') - 1;
    const flip = (): Promise<unknown> => rows.query('UPDATE append SET frames = set_byte(frames, $2, get_byte(frames, $2) # 1) WHERE position = $1', [event.position.toString(), at]);
    await flip();
    const { found } = await verify();
    const head = index < half ? 1 : 2;
    t.same(found.filter((line) => /^(head|event_changed|record|log_short)/.test(line)), [
      `head_root head ${head} the log's first ${head === 1 ? half : log.length} events are not those that were signed; those up to ${head === 1 ? 0 : half} are`,
      `event_changed ${event.stream}/${event.revision} event ${index} of the log, position ${event.position}: not the bytes that were recorded`,
    ], what);
    await flip();
    t.same((await verify()).found, [], 'and clean again');
  }
});

test('any byte of an event\'s data or metadata, flipped, makes verification fail', skipUnless('postgres'), async (t) => {
  const { rows, events, verify } = await signedLog(t);
  const event = (await events())[2]!;
  const { frames } = await rowOf(rows, event.position);
  for (const part of [event.bytes!.data, event.bytes!.metadata]) {
    const start = frames.indexOf(Buffer.from(part));
    for (const offset of [0, 1, Math.floor(part.length / 2), part.length - 1]) {
      const damaged = Buffer.from(frames);
      damaged[start + offset]! ^= 1 << (offset % 7);
      await rows.query('UPDATE append SET frames = $2 WHERE position = $1', [event.position.toString(), damaged]);
      const { found } = await verify();
      t.ok(found.some((line) => line.startsWith(`event_changed ${event.stream}/${event.revision} event 2 `)), `byte ${offset}`, { found });
    }
  }
  await rows.query('UPDATE append SET frames = $2 WHERE position = $1', [event.position.toString(), frames]);
  t.same((await verify()).found, []);
});

test('one deleted event is found and named, at the end of its stream as well', skipUnless('postgres'), async (t) => {
  const { rows, events, verify, opsPool } = await signedLog(t);
  const log = await events();
  for (const [index, alsoSeenWithout] of [[6, true], [log.length - 2, false], [log.length - 1, false]] as const) {
    const event = log[index]!;
    await rows.query('CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT * FROM append LIMIT 0');
    const { rows: [kept] } = await rows.query('DELETE FROM append WHERE position = $1 RETURNING *', [event.position.toString()]);
    const { found } = await verify();
    t.same(found.filter((line) => line.startsWith('event_')), [
      `event_missing ${event.stream}/${event.revision} event ${index} of the log, position ${event.position}: recorded, and not in the log any more`]);
    t.equal(found.filter((line) => /^(head_root|log_short)/.test(line)).length >= 1, true, 'and the heads do not fit');
    t.equal((await verify({ tree: false })).found.some((line) => line.startsWith('log_gap')), alsoSeenWithout, 'the end of a stream is missed by nothing else');
    const columns = Object.keys(kept as object);
    await rows.query(`INSERT INTO append (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`, Object.values(kept as object));
    t.same((await verify()).found, []);
  }
  await rows.query('DELETE FROM append WHERE position = $1', [log.at(-1)!.position.toString()]);
  await opsPool.query('DROP SCHEMA notary CASCADE');
  t.same((await verify()).found, [`log_short head 2 signed over ${log.length} events, the log has ${log.length - 1}`], 'without the notary\'s record the heads alone find it');
});

test('two events in the other order are found and named, although nothing else is wrong with them', skipUnless('postgres'), async (t) => {
  const { rows, events, verify } = await signedLog(t);
  const log = await events();
  const [one, two] = [log[8]!, log[9]!];
  t.not(one.stream, two.stream);
  const [oneRow, twoRow] = [await rowOf(rows, one.position), await rowOf(rows, two.position)];
  const put = (position: bigint, event: StoredEvent, createdMs: string): Promise<unknown> => rows.query(
    'UPDATE append SET stream = $2, revision = $3, last_revision = $3, frames = $4 WHERE position = $1',
    [position.toString(), event.stream, event.revision.toString(), encodeFrames(event.stream, Number(createdMs), [{
      event: { id: Buffer.from(event.id.replaceAll('-', ''), 'hex'), type: event.type, contentType: 'application/json', data: Buffer.from(event.bytes!.data), metadata: Buffer.from(event.bytes!.metadata) },
      revision: Number(event.revision), position: Number(position),
    }])]);
  await rows.query('DROP INDEX append_by_stream');
  await put(one.position, two, twoRow.created_ms);
  await put(two.position, one, oneRow.created_ms);
  t.same((await verify({ tree: false })).found, [], 'the log alone looks as it should');
  const { found } = await verify();
  t.match(found, [/^head_root head 1 /, new RegExp(`^event_moved ${two.stream}/${two.revision} event 9 of the log, position ${two.position}: recorded there, now at position ${one.position}`)]);
  t.equal(found.length, 2);
  await put(one.position, one, oneRow.created_ms);
  await put(two.position, two, twoRow.created_ms);
  t.same((await verify()).found, []);
});

test('heads and records that are wrong themselves are told apart from a log that is', skipUnless('postgres'), async (t) => {
  const { opsPool, verify, heads, half, size } = await signedLog(t);
  const other = verifierOf(ORIGIN, await openSigningKey(path.join(mkdtempSync(path.join(tmpdir(), 'passbook-key-')), 'notary.key')));
  t.match((await verify({ key: other })).found, [/^head_signature head 1 not signed by/, /^head_signature head 2/]);
  t.match((await verify({ key: 'none' })).found, [new RegExp(`^head_signature head 1 cannot be checked without the public key; it says ${half}`), /head 2/]);
  const first = (await heads.read(1)[Symbol.asyncIterator]().next()).value!;
  await heads.append({ ...first, number: 3 });
  t.same((await verify()).found, [`head_order head 3 signed over ${half} events, the one before it over ${size}`]);
  await opsPool.query('UPDATE notary.tiles SET hashes = set_byte(hashes, 33, get_byte(hashes, 33) # 1) WHERE level = 0');
  t.match((await verify()).found.filter((line) => !line.startsWith('head_order')), [/^record_differs ledger-1\/0 leaf 1: the log is what was signed, the notary's record is not \(changed\)/]);
});

test('a record and a log are proved to an outsider, and nothing that is not so', skipUnless('postgres'), async (t) => {
  const { withSources, events, half, size, verifier, heads, rows } = await signedLog(t);
  const log = await events();
  const notes: string[] = [];
  for await (const { note } of heads.read(1)) notes.push(note);
  await withSources(async (sources) => {
    for (const index of [0, 3, half, size - 1]) {
      const event = log[index]!;
      const byName = await proveInclusion(sources, { stream: event.stream, revision: event.revision });
      t.same(byName, await proveInclusion(sources, { position: event.position }));
      t.same(checkProof(JSON.stringify(byName), verifier, notes[1]), {
        kind: 'proved', says: `${event.stream}@${event.revision} (${event.type}, ${event.id}) is event ${index} of the ${size} that ${ORIGIN} signed` });
      t.match(checkProof(JSON.stringify(byName), verifier, notes[0]), { kind: 'refuted', why: /not the one that was given/ });
      for (const changed of [
        { ...byName, leafIndex: byName.leafIndex ^ 1 }, { ...byName, record: { ...byName.record, revision: 99 } }, { ...byName, path: byName.path.slice(1) }, { ...byName, head: notes[0]! },
        { ...byName, record: { ...byName.record, data: Buffer.from('{}').toString('base64') } }, { ...byName, more: 1 },
      ]) t.equal(checkProof(JSON.stringify(changed), verifier).kind, 'refuted');
      const others = log.filter((one) => one.id !== event.id).flatMap((one) => [one.id, Buffer.from(one.bytes!.data).toString('base64')]);
      t.notOk(others.some((text) => JSON.stringify(byName).includes(text)), 'shows no other record');
    }
    const consistency = await proveConsistency(sources, half, size);
    t.same(checkProof(JSON.stringify(consistency), verifier, notes[0]), { kind: 'proved', says: `the log of ${size} events that ${ORIGIN} signed is the log of ${half} with events added behind` });
    t.equal(checkProof(JSON.stringify({ ...consistency, path: consistency.path.toReversed() }), verifier).kind, 'refuted');
    t.equal(checkProof(JSON.stringify({ ...consistency, older: notes[1], newer: notes[0] }), verifier).kind, 'refuted');
    t.equal(checkProof('no proof', verifier).kind, 'refuted');
    await t.rejects(proveConsistency(sources, half + 1, size), new NothingToProve(`no head was signed over ${half + 1} events; the last sizes are ${half}, ${size}`));
    await t.rejects(proveInclusion(sources, { stream: 'ledger-7', revision: 0n }), NothingToProve);
    await t.rejects(proveInclusion(sources, { position: 1n }), NothingToProve);
    const { position } = await sources.log.append('ledger-1', [{ id: '00000000-0000-4000-8000-000000000001', type: 'Late', data: {}, metadata: {} }], 'any');
    await t.rejects(proveInclusion(sources, { position }), { message: 'no head was signed over this record yet' });
  });
  const event = log[3]!;
  const at = (await rowOf(rows, event.position)).frames.indexOf(Buffer.from(event.bytes!.data)) + event.bytes!.data.length - 3;
  await rows.query('UPDATE append SET frames = set_byte(frames, $2, get_byte(frames, $2) # 1) WHERE position = $1', [event.position.toString(), at]);
  await withSources((sources) => t.rejects(proveInclusion(sources, { position: event.position }), ProofFails, 'a record that was changed is not proved'));
});
