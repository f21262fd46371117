import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { viewsFrom } from '../../shared/access/data-classes.js';
import type { Permit } from '../../shared/access/rights.js';
import { seal } from '../../shared/crypto/envelope.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { HOUSE } from '../../shared/crypto/vault.js';
import { FROM_BINDING, reasonBinding, type RecordedAccess } from '../../shared/events/accesses/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { fixtureMetadata } from '../../shared/events/fixtures.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';
import { documented } from '../../shared/http/testing/documented.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { accessesProjection } from './projection.js';
import { accessLogRoutes } from './routes.js';
import { accessesVerifier } from './verify.js';

const ANNA = '0198a7c2-0000-7000-8000-00000000000a';
const BEN = '0198a7c2-0000-7000-8000-00000000000b';
const [ONE, TWO] = ['0198a7c2-0000-7000-8000-0000000000e1', '0198a7c2-0000-7000-8000-0000000000e2'];

const access = (number: number, more: Partial<RecordedAccess> = {}): RecordedAccess => ({
  number, at: `2026-03-02T01:00:${String(number % 60).padStart(2, '0')}.000Z`, requestId: randomUUID(), actor: { id: 'tina', role: 'teller', channel: 'online' },
  route: 'GET /v1/customers/:id', status: 200, customers: [ANNA], clear: ['name'], ...more,
});

async function bank(t: Test) {
  const vault = createMemoryVault();
  const database = await readDatabase(t, accessesProjection);
  const house = (await vault.keysOf([HOUSE])).get(HOUSE)!;
  const from = seal({ address: '192.0.2.1', device: 'a browser' }, house, FROM_BINDING);
  const told: Recorded[] = [];
  const tell = async (spool: string, accesses: RecordedAccess[]): Promise<void> => {
    const recorded = { id: randomUUID(), stream: `accesses-${spool}`, revision: BigInt(told.length), position: BigInt(told.length), event: { type: 'AccessesRecorded', data: { spool, accesses } }, metadata: fixtureMetadata };
    told.push(recorded);
    await database.apply([recorded]);
  };
  await tell(ONE, [
    access(1, { from, reason: seal('complaint', house, reasonBinding(ONE, 1)) }),
    access(2, { customers: [ANNA, BEN], accounts: ['acc-1', 'acc-2'], counterparties: ['acc-3'], route: 'GET /v1/accounts', reason: seal('why both', house, reasonBinding(ONE, 2)) }),
    access(4, { actor: { id: 'ben', role: 'auditor', channel: 'online' }, status: 403, code: 'outside_scope', times: 7 }),
  ]);
  await tell(TWO, [access(1, { customers: [BEN] }), access(2, {})].map(({ customers, ...rest }) => ({ ...rest, ...(customers && { customers }) })));
  const mergedIds: string[] = [];
  const held: { permits: Permit[]; shows: Record<string, 'clear'> } = { permits: [{ scope: 'all' }], shows: { 'free-text': 'clear', staff: 'clear' } };
  const server = documented(await buildServer({
    modules: [accessLogRoutes({ store: database.store, vault, idsOf: async (id) => (mergedIds.includes(id) ? mergedIds : [id]) })],
    authenticate: () => ({ ...bootstrapPrincipal, rights: { holder: 'x', permits: new Map([['audit.read' as const, held.permits]]), views: viewsFrom(held.shows) } }),
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), accessLog: noAccessLog, readWait: async () => true, checks: {},
    findTarget: async ({ kind, id }) => (kind === 'customer' && id === ANNA ? { branch: 'SH', customers: [ANNA] } : undefined),
  }));
  t.teardown(() => server.close());
  const get = async (url: string) => (await server.inject({ url })).json();
  const places = async (url: string): Promise<string[]> => (await get(url)).items.map(({ actor, at }: { actor: { id: string }; at: string }) => `${actor.id} ${at.slice(17, 19)}`);
  const differences = async (): Promise<string[]> => {
    async function* log() { yield* told; }
    const found = [];
    for await (const { table, key, kind, column } of verifyWith([accessesVerifier(database.query)], log())) found.push([table, key, kind, column].filter(Boolean).join(' '));
    return found;
  };
  return { get, places, held, mergedIds, vault, database, tell, differences };
}

test('who looked at a customer, newest first, page by page', skipUnless('postgres'), async (t) => {
  const { get, places } = await bank(t);
  t.same(await places(`/v1/customers/${ANNA}/accesses`), ['ben 04', 'tina 02', 'tina 02', 'tina 01']);
  t.same(await places(`/v1/customers/${BEN}/accesses`), ['tina 02', 'tina 01']);
  t.same(await places(`/v1/customers/${ANNA}/accesses?actor=ben`), ['ben 04']);
  t.same(await places(`/v1/customers/${ANNA}/accesses?from=2026-03-02T01:00:02Z&to=2026-03-02T01:00:03Z`), ['tina 02', 'tina 02']);
  const seen: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page: { items: { requestId: string }[]; nextCursor?: string } = await get(`/v1/customers/${ANNA}/accesses?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.items.map(({ requestId }) => requestId));
    cursor = page.nextCursor;
  }
  t.equal(new Set(seen).size, 4);
  const { nextCursor } = await get(`/v1/customers/${ANNA}/accesses?limit=1`);
  t.match(await get(`/v1/customers/${BEN}/accesses?limit=1&cursor=${nextCursor}`), { code: 'request_invalid' }, 'a cursor belongs to its query');
  const items = (await get(`/v1/customers/${ANNA}/accesses`)).items;
  t.match(items[0], { status: 403, code: 'outside_scope', times: 7 });
  t.match(items[3], { from: { address: '192.0.2.1', device: 'a browser' }, reason: 'complaint', clear: ['name'], masked: [], customers: [ANNA] });
  const joint = items.find(({ route }: { route: string }) => route === 'GET /v1/accounts');
  t.same([joint.customers, joint.accounts, joint.counterparties, joint.reason], [[ANNA], [], undefined, undefined], 'whom else it was about is not told here');
});

test('of whom was registered twice, whoever looked at either record, under either id', skipUnless('postgres'), async (t) => {
  const { get, places, mergedIds } = await bank(t);
  mergedIds.push(ANNA, BEN);
  const all = ['ben 04', 'tina 02', 'tina 02', 'tina 01', 'tina 01'];
  for (const id of mergedIds) {
    t.same(await places(`/v1/customers/${id}/accesses`), all, 'what showed both records is there once');
    t.same(await places(`/v1/access-log?customer=${id}`), all);
    t.same(await places(`/v1/customers/${id}/accesses?actor=ben`), ['ben 04']);
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page: { items: { requestId: string }[]; nextCursor?: string } = await get(`/v1/customers/${id}/accesses?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ requestId }) => requestId));
      cursor = page.nextCursor;
    }
    t.same(seen, (await get(`/v1/customers/${id}/accesses`)).items.map(({ requestId }: { requestId: string }) => requestId), 'page by page');
    t.equal(new Set(seen).size, 5);
  }
  const both = (await get(`/v1/customers/${ANNA}/accesses`)).items.find(({ route }: { route: string }) => route === 'GET /v1/accounts');
  t.same([both.customers, both.accounts, both.reason], [[ANNA, BEN], ['acc-1', 'acc-2'], 'why both'], 'it was about one person');
  mergedIds.length = 0;
  t.same(await places(`/v1/customers/${BEN}/accesses`), ['tina 02', 'tina 01'], 'once it is undone, each has their own');
});

test('the whole log is for who reaches all; others name a customer within reach', skipUnless('postgres'), async (t) => {
  const { get, places, held } = await bank(t);
  t.same(await places('/v1/access-log'), ['ben 04', 'tina 02', 'tina 02', 'tina 01', 'tina 01']);
  t.same(await places('/v1/access-log?actor=tina&to=2026-03-02T01:00:01Z'), ['tina 01', 'tina 01']);
  const joint = (await get(`/v1/access-log?customer=${BEN}`)).items[0];
  t.same([joint.customers, joint.accounts, joint.counterparties, joint.reason], [[ANNA, BEN], ['acc-1', 'acc-2'], ['acc-3'], 'why both']);
  held.permits = [{ scope: 'branch', branches: new Set(['SH']) }];
  t.match(await get('/v1/access-log'), { code: 'outside_scope' });
  t.match(await get(`/v1/access-log?customer=${BEN}`), { code: 'outside_scope' });
  t.match(await get(`/v1/customers/${BEN}/accesses`), { code: 'outside_scope' });
  t.same((await get(`/v1/access-log?customer=${ANNA}`)).items[1].customers, [ANNA]);
  t.equal((await places(`/v1/customers/${ANNA}/accesses`)).length, 4);
  held.shows = {};
  const [item] = (await get(`/v1/customers/${ANNA}/accesses?to=2026-03-02T01:00:01Z`)).items;
  t.same([item.reason, item.from], [undefined, undefined], 'reasons and places have their classes too');
  held.permits = [];
  t.match(await get('/v1/access-log'), { code: 'permission_missing' });
});

test('verify is clean on what was applied, and names every kind of damage', skipUnless('postgres'), async (t) => {
  const { database, differences, tell } = await bank(t);
  await tell(TWO, Array.from({ length: 600 }, (_, index) => access(10 + index)));
  t.same(await differences(), []);
  const damages: [statement: string, found: string[]][] = [
    [`update accesses.accesses set actor = 'nina' where spool = '${ONE}' and number = 2`, [`accesses.accesses ${ONE}/2 changed actor`]],
    [`update accesses.accesses set access = access - 'customers' where spool = '${ONE}' and number = 1`, [`accesses.accesses ${ONE}/1 changed access`]],
    [`update accesses.accesses set at = at + interval '1 microsecond' where spool = '${TWO}' and number = 609`, [`accesses.accesses ${TWO}/609 changed at`]],
    [`delete from accesses.accesses where spool = '${ONE}' and number = 4`, [`accesses.accesses ${ONE}/4 missing`]],
    [`delete from accesses.customer_accesses where spool = '${ONE}' and number = 2 and customer_id = '${BEN}'`, [`accesses.customer_accesses ${ONE}/2/${BEN} missing`]],
    [`insert into accesses.customer_accesses select 'somebody', at, spool, number from accesses.accesses where spool = '${ONE}' and number = 1`, [`accesses.customer_accesses ${ONE}/1/somebody extra`]],
    [`insert into accesses.accesses select spool, 3, at, actor, status, access from accesses.accesses where spool = '${ONE}' and number = 1`, [`accesses.accesses ${ONE}/3 extra`]],
    [`insert into accesses.customer_accesses select customer_id, at, '${randomUUID().slice(0, -4)}eeee', 1 from accesses.customer_accesses where spool = '${TWO}' and number = 1`, ['extra']],
  ];
  for (const [statement, found] of damages) {
    await database.query('create table kept_accesses as select * from accesses.accesses');
    await database.query('create table kept_customers as select * from accesses.customer_accesses');
    await database.query(statement);
    const seen = await differences();
    if (found[0] === 'extra') t.match(seen, [/customer_accesses .* extra$/], statement);
    else t.same(seen, found, statement);
    await database.query('truncate accesses.accesses; truncate accesses.customer_accesses');
    await database.query('insert into accesses.accesses select * from kept_accesses');
    await database.query('insert into accesses.customer_accesses select * from kept_customers');
    await database.query('drop table kept_accesses; drop table kept_customers');
  }
  t.same(await differences(), []);
});
