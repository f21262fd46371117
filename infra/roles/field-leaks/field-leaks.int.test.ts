import t from 'tap';
import { eventually } from '../../../shared/testing/eventually.js';
import { skipUnless } from '../../../shared/testing/parts.js';
import { startBankHere } from '../testing/bank-here.js';
import { routeCases } from './cases.js';
import { askAt } from './exchange.js';
import { leakingCases, leakingModule } from './leaking.js';
import { missingParameters, missingRoutes, type Described } from './missing-cases.js';
import { walk } from './walk.js';
import { buildWorld } from './world.js';

/** Where this machine has no Kafka or Redis, the walk is done without; PASSBOOK_TEST_REQUIRE_REAL=1 makes that a failure. */
const real = skipUnless('kafka', 'redis').skip === false;

t.test(`everybody before every route, on ${real ? 'a real Kafka, Redis and event store' : 'parts within the process'}`, { timeout: 590_000, ...skipUnless('postgres') }, async (t) => {
  const here = await startBankHere(t, { real, further: (token) => [leakingModule(token)] });
  const world = await buildWorld(here);
  const described = (await askAt(here.url, {})({ method: 'GET', path: '/openapi.json' })).body as Described;

  await t.test('every route and every parameter has a case', async (t) => {
    t.strictSame([...missingRoutes(described, [...routeCases, ...leakingCases]), ...missingParameters(described, routeCases, world)], []);
  });

  await eventually(async () => (await world.bank({ method: 'GET', path: `/v1/accounts/${world.spare.account}?after=${world.position}` })).status === 200);
  await eventually(async () => (await world.bank({ method: 'GET', path: `/v1/customers?limit=1&after=${world.position}` })).status === 200);

  await t.test('control: a module of this bank that leaks is found out', async (t) => {
    const faults = (await walk(world, leakingCases)).faults.filter((fault) => !fault.startsWith('control'));
    const as = (reader: string) => faults.filter((fault) => fault.includes(`, as ${reader}: `)).join('\n');
    t.match(as('teller'), /note -> 200 tells near person: 1853440291711.47 \(income, hidden\)/);
    t.match(as('teller'), /note -> 200 tells near person: \+8613766048211 \(contact, masked\)/);
    t.match(as('teller'), /standing, as teller: what is beyond reach is told from what is not there/);
    t.notMatch(as('teller'), /far person/);
    t.match(as('auditor'), /far company: \+8613922018324 \(contact, masked\)/);
    t.notMatch(as('auditor'), /standing/);
    t.equal(as('administrator') + as('nobody signed in'), '', 'who is refused is told nothing');
  });

  await t.test('no field leaks to who may not see it, by any route, and nothing beyond reach is told from what is not there', { timeout: 570_000 }, async (t) => {
    const { faults, requests } = await walk(world, routeCases);
    t.comment(`${world.readers.length} readers, ${routeCases.length} routes, ${world.facts.all.length} facts, ${requests} requests`);
    t.strictSame(faults, []);
  });
});
