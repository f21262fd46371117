import t from 'tap';
import { skipUnless } from '../../../shared/testing/parts.js';
import { startBankHere } from '../testing/bank-here.js';
import { routeCases } from './cases.js';
import { askAt } from './exchange.js';
import { asBytes, injectEverywhere, saysTooMuch } from './route-attacks.js';
import { buildWorld } from './world.js';

t.test('attacks on every route', { timeout: 590_000, ...skipUnless('postgres') }, async (t) => {
  const here = await startBankHere(t);
  const { url, token, logged } = here;
  const world = await buildWorld(here);
  const described = (await askAt(url, {})({ method: 'GET', path: '/openapi.json' })).body;

  await t.test('a body that says who sends, what they may or how it is recorded is refused, as are prototypes and depths', async (t) => {
    const { faults, requests } = await saysTooMuch(world, described as never);
    t.ok(requests > 100, `${requests} requests`);
    t.strictSame(faults, []);
    t.equal(({} as { polluted?: unknown }).polluted, undefined, 'in the process that answered, which is this one');
  });

  await t.test('statements, headers, lines, paths, formulas, zero bytes and long texts in every text of every request change and tell nothing', { timeout: 500_000 }, async (t) => {
    const customers = async () => (await world.bank({ method: 'GET', path: '/v1/customers?branch=SOUTH' })).text;
    const before = await customers();
    const { faults, requests } = await injectEverywhere(world, routeCases);
    t.ok(requests > 1_000, `${requests} requests`);
    t.strictSame(faults, []);
    t.equal(await customers(), before, 'the tables are there, and what was not asked for is as it was');
  });

  await t.test('no header is split: what no client sends, sent as bytes', async (t) => {
    const get = (line: string): Promise<string> => asBytes(url, `GET /v1/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n${line}\r\n\r\n`);
    t.match(await get('X-Correlation-Id: 00000000-0000-4000-8000-00000000000a'), /^HTTP.1.1 200[^]*x-correlation-id: 00000000-0000-4000-8000-00000000000a/, 'control: a header is read');
    for (const bytes of ['x\rX-Taken: 1', 'x\nX-Taken: 1', 'x\u0000y', 'x\u001b[2J'])
      for (const name of ['X-Correlation-Id', 'X-Purpose', 'X-Act-As', 'Idempotency-Key', 'If-Match', 'Traceparent', 'User-Agent'])
        t.notMatch(await get(`${name}: ${bytes}`), /x-taken: 1|(?![\r\n])\p{Cc}/iu, JSON.stringify(`${name}: ${bytes}`));
  });

  await t.test('whatever is sent, the log stays one JSON object a line', async (t) => {
    t.ok(logged.length > 1_000);
    t.ok(logged.some((line) => line.includes('/v1/customers')), 'control: requests are in it');
    for (const line of logged) {
      const told = JSON.parse(line) as { msg?: string };
      if (!line.endsWith('\n') || /\p{Cc}/u.test(line.slice(0, -1)) || told.msg === 'forged-line') t.fail(JSON.stringify(line.slice(0, 300)));
    }
    for (const { clear, what } of world.facts.all.filter(({ dataClass }) => dataClass === 'secret')) t.notOk(logged.some((line) => line.includes(clear)), `no ${what}`);
  });
});
