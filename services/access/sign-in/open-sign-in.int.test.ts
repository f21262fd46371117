import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { test } from 'tap';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { createPool } from '../../../shared/read-store/pool.js';
import { createRecords } from '../../../shared/records/record.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../../shared/testing/parts.js';
import { nothingShown } from '../../../shared/access/data-classes.js';
import type { Directory } from './directory.js';
import { openSignIn } from './open-sign-in.js';
import { PASSWORD } from './testing/sign-in-bank.js';

const LI = { id: randomUUID(), username: 'li.wei', role: 'teller' };
const directory: Directory = {
  byUsername: async (name) => (name === LI.username ? LI : undefined),
  byId: async (id) => (id === LI.id ? LI : undefined),
  rightsOf: async (holder) => ({ holder, permits: new Map([['self.use', [{ scope: 'all' }]]]), views: nothingShown }),
  actingRightsOf: async () => undefined,
  bySubject: async () => undefined,
  clientByKey: async () => undefined,
};
const context = () => ({ commandId: randomUUID(), repeatable: false, correlationId: randomUUID(), actor: { id: 'bootstrap', role: 'administrator', channel: 'system' }, at: new Date() });

test('two api processes over one Postgres', skipUnless('postgres'), async (t) => {
  const vaultPool = createPool(await freshDatabase(t, 'vault'), { applicationName: 'test', max: 4 });
  const opsUrl = await freshDatabase(t, 'ops');
  const vault = createMemoryVault();
  const records = createRecords({ store: memoryEventStore(), codec: createCodec(vault) });
  const logger = pino({ level: 'silent' });
  const start = async () => {
    const opsPool = createPool(opsUrl, { applicationName: 'test', max: 6 });
    const now = (): Date => new Date();
    const signIn = await openSignIn({
      opsPool, vaultPool, vault, records, directory, sendCode: async () => false, party: { id: 'bank.example', origins: ['https://bank.example'], name: 'Passbook' }, issuer: 'a bank',
      secondFactor: 'when-enrolled', logger, now, hasAdministrator: async () => true, createAdministrator: async () => {},
    });
    const server = await buildServer({
      modules: [signIn.module], authenticate: signIn.authenticate, logger, now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
    });
    const stop = async () => {
      await server.close();
      await signIn.stop();
      if (!opsPool.ended) await opsPool.end();
    };
    return {
      signIn, opsPool, stop,
      get: async (token: string) => (await server.inject({ url: '/v1/sessions', headers: { authorization: `Bearer ${token}` } })).statusCode,
      post: async (url: string, body?: object, token?: string) => {
        const { statusCode: status, body: text } = await server.inject({ method: 'POST', url, ...(body && { payload: body }), headers: { ...(token && { authorization: `Bearer ${token}` }) } });
        return { status, body: JSON.parse(text) };
      },
    };
  };
  const [a, b] = [await start(), await start()];
  t.teardown(async () => {
    await a.stop();
    await b.stop();
    await vaultPool.end();
  });
  await a.signIn.setPassword({ holder: LI, password: PASSWORD, why: 'first' }, context());

  const signedIn = await Promise.all([a, b].map((one) => one.post('/v1/sign-in', { username: 'li.wei', password: PASSWORD })));
  t.strictSame(signedIn.map(({ status }) => status), [200, 200]);
  const tokens = signedIn.map(({ body }) => body.accessToken as string);
  for (const token of tokens) t.strictSame([await a.get(token), await b.get(token)], [200, 200], 'what one signed the other knows');
  t.equal((await vaultPool.query('SELECT FROM sign_in.signing_keys')).rowCount, 1, 'both needed a key at once, and one was made');

  t.equal((await a.post('/v1/sign-out', undefined, tokens[0])).status, 200);
  t.equal(await a.get(tokens[0]!), 401, 'at once where it was revoked');
  await eventually(async () => (await b.get(tokens[0]!)) === 401, { deadlineMs: 3_000 });
  t.equal(await b.get(tokens[1]!), 200, 'control: the other session stands');

  const wrong = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 ? a : b).post('/v1/sign-in', { username: 'no.such.person', password: `wrong ${n}` })));
  t.equal(wrong.filter(({ status }) => status === 401).length, 3, 'attempts are counted together');

  await b.signIn.check();
  await b.opsPool.end();
  await eventually(() => b.signIn.check().then(() => false, () => true), { deadlineMs: 20_000, everyMs: 200 });
  t.equal(await b.get(tokens[1]!), 503, 'who cannot hear of revocations lets nobody in');
  t.equal(await a.get(tokens[1]!), 200, 'control: the other process goes on');
});
