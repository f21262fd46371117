import { fork } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { startEventStoreServer } from '../../infra/event-store/server.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { openCheckpoint, verifierOf } from '../../shared/merkle/checkpoint.js';
import { GrowingTree } from '../../shared/merkle/growing-tree.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { headsFolder } from './heads-folder.js';
import { openSigningKey } from './signing-key.js';
import { leafOfStored } from './tree-keeper.js';

const KILLS = 6;
const EVENTS = 3_000;

t.test('killed at any moment, again and again, it has signed one tree: the log\'s', { ...skipUnless('postgres'), timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-notary-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const logger = pino({ level: 'silent' });
  const opsUrl = await freshDatabase(t, 'killed_ops');
  const server = await startEventStoreServer({ postgresUrl: await freshDatabase(t, 'killed_log'), port: 0, logger });
  t.teardown(() => server.stop());
  const log = openEventStore({ url: server.url, logger });
  t.teardown(() => log.close());
  const append = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 50)
      await log.append('thing-1', Array.from({ length: 50 }, () => ({ id: randomUUID(), type: 'ThingHappened', data: { left }, metadata: {} })), 'any');
  };
  await append(EVENTS);
  const start = async () => {
    const child = fork(path.join(import.meta.dirname, 'testing/notary-process.js'), [server.url, opsUrl, folder], { execArgv: [] });
    t.teardown(() => child.kill('SIGKILL'));
    await once(child, 'message');
    return child;
  };
  const heads = headsFolder(path.join(folder, 'heads'));
  for (let kill = 0; kill < KILLS; kill++) {
    const child = await start();
    const appending = append(200);
    t.comment(`killed after ${await randomMoment(600)} ms, ${await heads.newest()} heads are out`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await appending;
  }
  await start();
  const size = EVENTS + KILLS * 200;
  const key = verifierOf('bank.example/log', await openSigningKey(path.join(folder, 'notary.key')));
  const sizes = new Map<number, Buffer>();
  await eventually(async () => {
    for await (const { number, note } of heads.read(1)) {
      const head = openCheckpoint(note, key);
      if (!head) throw new Error(`head ${number} is not signed by the key`);
      sizes.set(head.size, Buffer.from(head.root));
    }
    return sizes.has(size);
  }, { deadlineMs: 60_000 });
  const tree = new GrowingTree();
  let fitting = 0;
  for await (const event of log.readAll({ bytes: true })) {
    tree.append(leafOfStored(event));
    const root = sizes.get(tree.size);
    if (root && tree.root().equals(root)) fitting++;
  }
  t.equal(tree.size, size);
  t.equal(fitting, sizes.size, `all of ${sizes.size} heads are the log's`);
  t.equal(await heads.newest(), sizes.size, 'no size was signed twice');
});
