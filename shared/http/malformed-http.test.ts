import { connect, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { bootstrapPrincipal } from './authentication.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';

const REQUEST_TIMEOUT_MS = 400;

async function listening(t: Test): Promise<number> {
  const server = await buildServer({
    modules: [{
      name: 'shop', description: 'Things', rejections: [],
      routes: (scope) => {
        scope.post('/v1/things', { config: { access: { permission: 'self.use' } }, schema: { body: z.strictObject({ kind: z.string() }), response: { 200: internal(z.any()) } } }, async () => ({ ok: true }));
        scope.post('/v1/slow-things', { config: { access: { permission: 'self.use' } }, schema: { body: z.strictObject({ kind: z.string() }), response: { 200: internal(z.any()) } } }, () => new Promise(() => {}));
      },
    }],
    authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return (server.server.address() as AddressInfo).port;
}

/** All that the server says to these bytes until it closes the connection. */
function saidTo(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setTimeout(8_000, () => reject(new Error(`the connection stays open after: ${text}`)));
    socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text)).on('error', reject);
  });
}

const answersIn = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
const problemIn = (text: string): { status: number; code: string } => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
const post = (path: string, length: number, body: string): string => `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

t.test('a body that does not come is answered once, and the connection is closed', async (t) => {
  const said = await saidTo(await listening(t), post('/v1/things', 100, '{"kind"'));
  t.same(answersIn(said), ['HTTP/1.1 408']);
  t.match(problemIn(said), { status: 408, code: 'request_timeout' });
  t.match(said, /^connection: close\r$/im);
});

t.test('so are headers that do not come', async (t) => {
  const said = await saidTo(await listening(t), 'POST /v1/things HTTP/1.1\r\nhost: x\r\n');
  t.same(answersIn(said), ['HTTP/1.1 408']);
  t.match(problemIn(said), { status: 408, code: 'request_timeout' });
});

t.test('a handler that is slow with a whole request is the bank\'s fault', async (t) => {
  const answer = await fetch(`http://127.0.0.1:${await listening(t)}/v1/slow-things`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"kind":"a"}' });
  t.equal(answer.status, 503);
  t.match(await answer.json(), { status: 503, code: 'outage' });
});

t.test('headers that are too large, and what is not HTTP, have codes of their own', async (t) => {
  const port = await listening(t);
  const large = await saidTo(port, `GET /v1/things HTTP/1.1\r\nhost: x\r\nx-much: ${'x'.repeat(20_000)}\r\n\r\n`);
  t.same(answersIn(large), ['HTTP/1.1 431']);
  t.match(problemIn(large), { status: 431, code: 'headers_too_large' });
  t.match(problemIn(await saidTo(port, 'NONSENSE\r\n\r\n')), { status: 400, code: 'request_invalid' });
});

t.test('a compressed body is refused, not misread', async (t) => {
  const url = `http://127.0.0.1:${await listening(t)}/v1/things`;
  const send = (encoding: string) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': encoding }, body: '{"kind":"a"}' });
  t.match(await (await send('gzip')).json(), { status: 415, code: 'media_type_unsupported' });
  t.equal((await send('identity')).status, 200);
});
