import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { countsOfProcess } from '../cache/counts.js';
import { createMetrics } from '../telemetry/metrics.js';
import { eventually } from '../testing/eventually.js';
import { watchBehaviour } from './abnormal-behaviour.js';
import { bootstrapPrincipal } from './authentication.js';
import type { ConnectionLimits } from './connection-limits.js';
import { createRequestLimits } from './request-limits.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';

/** The server's clock in these tests: clients are slower than this, never luckier. */
const TIMEOUT_MS = 300;
/** More than any socket buffers on the way. */
const LARGE = 'x'.repeat(48 * 1024 * 1024);

async function listening(t: Test, { connectionLimits, requestsPerPerson }: { connectionLimits?: ConnectionLimits; requestsPerPerson?: number } = {}): Promise<number> {
  const access = { permission: 'self.use' } as const;
  const response = { 200: internal(z.any()) };
  const metrics = createMetrics();
  const secret = Buffer.alloc(32);
  const logger = pino({ level: 'silent' });
  const server = await buildServer({
    modules: [{
      name: 'shop', description: 'Things', rejections: [],
      routes: (scope) => {
        scope.post('/v1/things', { config: { access }, schema: { body: z.strictObject({ kind: z.string() }), response } }, async () => ({ ok: true }));
        scope.get('/v1/large', { config: { access }, schema: { response } }, async () => LARGE);
        scope.get('/v1/small', { config: { access }, schema: { response } }, async () => ({ ok: true }));
      },
    }],
    authenticate: () => ({ ...bootstrapPrincipal, channel: 'online' }), logger, now: () => new Date(), commandSecret: secret, readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
    requestTimeoutMs: TIMEOUT_MS,
    ...(connectionLimits && { connectionLimits }),
    ...(requestsPerPerson !== undefined && {
      limits: createRequestLimits({
        rates: { requestsPerAddress: 1_000, requestsPerPerson, requestsPerClient: 1_000, signInsPerAddress: 1_000, unmasksPerPerson: 1_000 },
        shared: countsOfProcess(), secret, metrics, behaviour: watchBehaviour({ blockAfter: 1_000, shared: countsOfProcess(), logger, metrics, secret }),
      }),
    }),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return (server.server.address() as AddressInfo).port;
}

/** A client of which every byte is controlled. `closed` is once the server has ended the connection. */
function client(t: Test, port: number): { socket: Socket; said: () => string; closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('error', () => {});
  t.teardown(() => socket.destroy());
  return { socket, said: () => text, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

t.test('a connection on which nothing is asked is closed', async (t) => {
  const { closed, socket } = client(t, await listening(t));
  await once(socket, 'connect');
  await closed;
});

t.test('headers that come byte by byte are cut off, however lively the client is', async (t) => {
  const port = await listening(t);
  const { socket, said, closed } = client(t, port);
  const dribble = setInterval(() => socket.write('x-more: 1\r\n'), 20);
  t.teardown(() => clearInterval(dribble));
  socket.write('GET /v1/small HTTP/1.1\r\nhost: x\r\n');
  await closed;
  t.match(said(), /^HTTP\/1\.1 408 /);
  t.equal((await fetch(`http://127.0.0.1:${port}/v1/small`)).status, 200, 'control: others are served meanwhile');
});

t.test('so is a body', async (t) => {
  const { socket, said, closed } = client(t, await listening(t));
  const dribble = setInterval(() => socket.write(' '), 20);
  t.teardown(() => clearInterval(dribble));
  socket.write('POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"kind"');
  await closed;
  t.match(said(), /^HTTP\/1\.1 408 /);
  t.match(said(), /^connection: close\r$/im);
});

t.test('who does not take a large answer loses the connection, who takes it gets it', async (t) => {
  const port = await listening(t);
  const { socket } = client(t, port);
  socket.write(GET('/v1/large'));
  await once(socket, 'data');
  socket.pause();
  t.ok(isServed(socket), 'control: not at once');
  const fast = await (await fetch(`http://127.0.0.1:${port}/v1/large`)).text();
  t.equal(fast.length, LARGE.length, 'control: at the same time another gets the whole of it');
  let heard = 0;
  socket.on('data', (chunk) => (heard += chunk.length));
  await eventually(() => !isServed(socket));
  socket.resume();
  await once(socket, 'close');
  t.ok(heard < LARGE.length, `${heard} of ${LARGE.length} bytes`);
});

/** Whether the server's end of this client's connection is still open; both ends are in this process. */
const isServed = ({ localPort }: Socket): boolean =>
  (process as unknown as { _getActiveHandles(): Socket[] })._getActiveHandles().some((handle) => handle.remotePort === localPort && !handle.destroyed);

t.test('too many headers, a URL that is too long, a body that is too large or too deep', async (t) => {
  const url = `http://127.0.0.1:${await listening(t)}`;
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, '1']));
  t.match(await (await fetch(`${url}/v1/small`, { headers: many })).json(), { status: 431, code: 'headers_too_large' });
  t.equal((await fetch(`${url}/v1/small`, { headers: Object.fromEntries(Object.entries(many).slice(0, 80)) })).status, 200, 'control: 80 of them');
  t.match(await (await fetch(`${url}/v1/small?${'x'.repeat(20_000)}`)).json(), { status: 431, code: 'headers_too_large' });
  const post = async (body: string): Promise<unknown> => (await fetch(`${url}/v1/things`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
  t.match(await post(`{"kind":"${'x'.repeat(1_100_000)}"}`), { status: 413, code: 'body_too_large' });
  t.match(await post(`{"kind":${'['.repeat(100)}${']'.repeat(100)}}`), { status: 400, code: 'request_invalid' });
  t.match(await post('{"kind":"a"}'), { ok: true }, 'control');
});

t.test('requests that are sent ahead in one connection are counted like any others', async (t) => {
  const port = await listening(t, { requestsPerPerson: 50 });
  const { socket, said } = client(t, port);
  socket.write(GET('/v1/small').repeat(500));
  const answers = await eventually(() => {
    const found = said().match(/HTTP\/1\.1 \d{3}/g) ?? [];
    return found.length === 500 ? found : undefined;
  });
  t.equal(answers.filter((answer) => answer.endsWith('200')).length, 50);
  t.equal(answers.filter((answer) => answer.endsWith('429')).length, 450);
});

t.test('connections of one address, and of all, are bounded', async (t) => {
  const port = await listening(t, { connectionLimits: { connections: 100, connectionsPerAddress: 3 } });
  const held = [client(t, port), client(t, port), client(t, port)];
  await Promise.all(held.map(({ socket }) => once(socket, 'connect')));
  held[0]!.socket.write(GET('/v1/small'));
  await once(held[0]!.socket, 'data');
  const fourth = client(t, port);
  fourth.socket.write(GET('/v1/small'));
  await fourth.closed;
  t.equal(fourth.said(), '');
  held[0]!.socket.destroy();
  await eventually(async () => {
    const next = client(t, port);
    next.socket.write(GET('/v1/small'));
    await Promise.race([next.closed, once(next.socket, 'data')]);
    next.socket.destroy();
    return next.said().startsWith('HTTP/1.1 200');
  });
  const few = await listening(t, { connectionLimits: { connections: 1, connectionsPerAddress: 3 } });
  const only = client(t, few);
  await once(only.socket, 'connect');
  only.socket.write(GET('/v1/small'));
  await once(only.socket, 'data');
  await client(t, few).closed;
  t.match(only.said(), /^HTTP\/1\.1 200/);
});
