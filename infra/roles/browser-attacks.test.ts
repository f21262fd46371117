import { pino } from 'pino';
import t from 'tap';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { Refusal } from '../../shared/http/context.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { everyModule } from './testing/every-module.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const ID = '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a';

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
}

async function bank() {
  const server = await buildServer({
    modules: everyModule(),
    authenticate: ({ headers }) => {
      if (headers.authorization !== `Bearer ${TOKEN}`) throw new Refusal({ code: 'unauthenticated' });
      return bootstrapPrincipal;
    },
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  });
  const { paths } = (await server.inject('/openapi.json')).json() as { paths: Record<string, Record<string, { security?: object[] }>> };
  const documented = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { security }]) =>
    ({ method: method.toUpperCase() as Route['method'], url: path.replace(/\{[A-Za-z]+\}/g, ID), isPublic: security?.length === 0 })));
  return { server, routes: documented };
}

const EXPECTED = {
  'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'cache-control': 'no-store',
};
const FROM_ELSEWHERE = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: 'session=1; sid=2; token=3' };

t.test('every answer of every route carries the security headers, refusals, pages and what does not exist included', async (t) => {
  const { server, routes } = await bank();
  t.ok(routes.length > 60);
  const others: Route[] = ['/nowhere', '/openapi.json', '/asyncapi.json', '/schemas/events/metadata.json', '/docs', '/docs/', '/docs/static/index.html', '/docs/static/swagger-ui-bundle.js', '/docs/../etc/passwd', '/%', '/health/live', '/metrics'].map((url) => ({ method: 'GET', url }));
  for (const { method, url } of [...routes, ...others, { method: 'DELETE', url: '/v1/customers' } as const])
    for (const headers of [{}, { authorization: `Bearer ${TOKEN}` }]) {
      const answer = await server.inject({ method, url, headers });
      const name = `${method} ${url} ${answer.statusCode}`;
      const { 'cache-control': _, ...always } = EXPECTED;
      t.match(answer.headers, url.startsWith('/docs/static/') && answer.statusCode === 200 ? always : EXPECTED, name); // the documentation page's own scripts are no secret
      const policy = String(answer.headers['content-security-policy']);
      t.match(policy, /default-src 'none'.*base-uri 'none'; form-action 'none'; frame-ancestors 'none'/, name);
      t.notMatch(policy, /unsafe|https:|\*/, name);
    }
  await server.close();
});

t.test('another site cannot act in anybody\'s name: nothing is taken from cookies, none is set, no other origin may read', async (t) => {
  const { server, routes } = await bank();
  for (const { method, url, isPublic } of routes) {
    const name = `${method} ${url}`;
    const answer = await server.inject({ method, url, headers: FROM_ELSEWHERE });
    if (!isPublic) t.equal(answer.statusCode, 401, `${name}: a cookie is no credential`);
    t.equal(answer.headers['set-cookie'], undefined, name);
    for (const path of [url, `${url}?access_token=${TOKEN}&token=${TOKEN}`])
      for (const [header, value] of Object.entries((await server.inject({ method, url: path, headers: FROM_ELSEWHERE })).headers)) {
        t.notMatch(header, /^access-control-/, name);
        t.notMatch(String(value), 'evil.example', name);
      }
    if (!isPublic) t.equal((await server.inject({ method, url: `${url}?access_token=${TOKEN}`, headers: FROM_ELSEWHERE })).statusCode, 401, `${name}: nor is a query`);
    if (!isPublic) t.not((await server.inject({ method, url, headers: { authorization: `Bearer ${TOKEN}`, ...FROM_ELSEWHERE } })).statusCode, 401, `${name}: control: with a token it is let in`);
  }
  await server.close();
});

t.test('no form of another site reaches a handler: what a browser sends without asking is not taken', async (t) => {
  const { server, routes } = await bank();
  const preflight = await server.inject({ method: 'OPTIONS', url: '/v1/customers', headers: { ...FROM_ELSEWHERE, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
  t.equal(preflight.statusCode, 405, 'who asks is not allowed');
  t.same(Object.keys(preflight.headers).filter((header) => header.startsWith('access-control-')), []);
  for (const { method, url } of routes.filter(({ isPublic, method }) => isPublic && method === 'POST'))
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      t.match((await server.inject({ method, url, headers: { ...FROM_ELSEWHERE, 'content-type': type }, payload: '{"username":"a","password":"b"}' })).statusCode, 415, `${method} ${url} as ${type}`);
  t.equal((await server.inject({ method: 'POST', url: '/v1/sign-in', headers: { 'content-type': 'application/json' }, payload: '{}' })).statusCode, 400, 'control: JSON is looked at');
  await server.close();
});
