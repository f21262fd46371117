import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { createPool } from '../read-store/pool.js';
import { skipUnless } from '../testing/parts.js';
import { randomMoment } from '../testing/random-moment.js';
import { rootKeyFile } from './root-key-file.js';
import type { RootKeyStore } from './root-key.js';
import { vaultPlace, type VaultPlace } from './vault-fixture.js';
import { SubjectErased, type SubjectKey } from './vault.js';

/** Where a process may die while the root is replaced, in the order of the steps, and whether the replacement then stands. */
const CRASHES = [
  { at: 'before anything is staged', stands: false },
  { at: 'while the new root is written', stands: false },
  { at: 'after staging, before the database is told', stands: false },
  { at: 'after staging, the connection lost in the transaction', stands: false },
  { at: 'after the commit, before the promotion', stands: true },
  { at: 'in the promotion, the old root overwritten', stands: true },
  { at: 'after the promotion', stands: true },
] as const;
type Crash = (typeof CRASHES)[number]['at'];

/** The file adapter of a process that dies at the given step: nothing it does afterwards happens. */
function dyingAt(crash: Crash, { databaseUrl, rootKeyFile: path }: VaultPlace): RootKeyStore {
  const file = rootKeyFile(path);
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Error(`died ${crash}`);
  };
  const alive = <T>(work: () => Promise<T>) => (dead ? die() : work());
  return {
    place: file.place,
    read: () => alive(() => file.read()),
    discard: () => alive(() => file.discard()),
    stage: (root) =>
      alive(async () => {
        if (crash === 'before anything is staged') die();
        if (crash === 'while the new root is written') {
          await writeFile(`${path}.unfinished`, '{"vaultId":"', { mode: 0o600 });
          die();
        }
        await file.stage(root);
        if (crash === 'after staging, before the database is told') die();
        if (crash === 'after staging, the connection lost in the transaction') await endOtherSessions(databaseUrl);
      }),
    promote: () =>
      alive(async () => {
        if (crash === 'after the commit, before the promotion') die();
        if (crash === 'in the promotion, the old root overwritten') {
          await writeFile(path, Buffer.alloc(200, 3));
          die();
        }
        await file.promote();
        if (crash === 'after the promotion') die();
      }),
  };
}

async function endOtherSessions(databaseUrl: string): Promise<void> {
  const pool = createPool(databaseUrl, { applicationName: 'vault crash test', max: 1 });
  await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'passbook vault'`);
  await pool.end();
}

/** What must hold after any crash: everybody's key opens, one root is there and it is the database's, nothing is left lying about. */
async function healed(t: Test, place: VaultPlace, keys: ReadonlyMap<string, SubjectKey>, secret: Buffer): Promise<number> {
  const vault = await place.open();
  t.same(await vault.keysOf([...keys.keys()]), keys);
  t.ok((await vault.secret('search')).equals(secret));
  t.same(await readdir(dirname(place.rootKeyFile)), ['root.key']);
  return (await rootKeyFile(place.rootKeyFile).read()).current!.generation;
}

for (const { at, stands } of CRASHES)
  t.test(`a replacement that dies ${at} ${stands ? 'is finished' : 'is undone'} at the next open`, skipUnless('postgres'), async (t) => {
    const place = await vaultPlace(t);
    const running = await place.open();
    const gone = randomUUID();
    await running.keysOf([gone]);
    const keys = await running.keysOf(Array.from({ length: 5 }, () => randomUUID()));
    const secret = await running.secret('search');

    await t.rejects((await place.open({ rootKeys: dyingAt(at, place) })).rotateRoot());
    t.equal(await healed(t, place, keys, secret), stands ? 2 : 1);
    t.same(await running.keysOf([...keys.keys()]), keys, 'a process that ran all the while goes on');

    const old = (await rootKeyFile(place.rootKeyFile).read()).current!;
    await t.rejects((await place.open({ rootKeys: dyingAt(at, place) })).erase(gone));
    t.equal(await healed(t, place, keys, secret), old.generation + (stands ? 1 : 0));
    if (stands) await t.rejects(running.keysOf([gone]), SubjectErased);
    else t.equal((await running.keysOf([gone])).size, 1);

    await running.erase(gone);
    await t.rejects(running.keysOf([gone]), SubjectErased);
    t.equal(await healed(t, place, keys, secret), old.generation + 1);
    t.notMatch(await readFile(place.rootKeyFile, 'latin1'), old.key.toString('base64'));
  });

t.test('a founding that dies is done again', skipUnless('postgres'), async (t) => {
  for (const { at } of CRASHES) {
    if (at === 'in the promotion, the old root overwritten') continue; // there is no old root
    const place = await vaultPlace(t);
    await t.rejects(place.open({ rootKeys: dyingAt(at, place) }));
    const vault = await place.open();
    const keys = await vault.keysOf([randomUUID()]);
    t.equal(await healed(t, place, keys, await vault.secret('search')), 1, at);
  }
});

t.test('processes killed at any moment of a rotation leave a vault that opens', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const vault = await place.open();
  const keys = await vault.keysOf(Array.from({ length: 50 }, () => randomUUID()));
  const secret = await vault.secret('search');
  let generation = 1;
  for (let kill = 0; kill < 5; kill++) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./vault-fixture-rotating.js', import.meta.url)), place.databaseUrl, place.rootKeyFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child.stdout, 'data');
    const delayMs = await randomMoment(60);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const after = await healed(t, place, keys, secret);
    const finished = said.split('rotated').length - 1;
    t.ok(after === generation + finished || after === generation + finished + 1, `killed after ${delayMs} ms: ${finished} finished, generation ${generation} to ${after}`);
    generation = after;
  }
  t.ok(generation > 1, `control: ${generation - 1} rotations happened`);
});
