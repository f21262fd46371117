import { pino } from 'pino';
import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { allEvents, topicOf } from '../../shared/events/registry.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { documented } from '../../shared/http/testing/documented.js';
import type { Difference } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { customersProjection } from './projection.js';
import { customerQueryRoutes } from './routes.js';
import { customerQueries } from './search.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { idOf, Story } from './testing/story.js';
import { verifyCustomers } from './verify.js';

type Teardown = Parameters<typeof readDatabase>[0];

async function readSide(t: Teardown, tell: (story: Story) => Story, batchSize = Infinity) {
  const vault = createMemoryVault();
  const database = await readDatabase(t, customersProjection(vault));
  const story = tell(new Story(vault));
  const events = await story.opened();
  for (let at = 0; at < events.length; at += Math.min(batchSize, events.length)) await database.apply(events.slice(at, at + Math.min(batchSize, events.length)));
  const queries = await customerQueries(database.store, vault);
  const server = documented(await buildServer({
    modules: [customerQueryRoutes(queries)], authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
    readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  }));
  t.teardown(() => server.close());
  const get = async (query: string) => (await server.inject(`/v1/customers${query && `?${query}`}`)).json();
  const post = async (payload: object) => (await server.inject({ method: 'POST', url: '/v1/customers/search', payload })).json();
  const names = async (query: string): Promise<string[]> => (await get(query)).items.map(({ name }: { name: string }) => name);
  const differences = async () => {
    const found = [];
    async function* log() { yield* await story.sealed(); }
    for await (const difference of verifyCustomers({ events: log(), query: database.query, vault, eventsOf: (stream) => story.eventsOf(stream) })) found.push(difference);
    return found;
  };
  return { vault, database, queries, story, get, post, names, differences };
}

t.test('it says of every event of its topics whether it applies it', async (t) => {
  const { topics, handles, ignores } = customersProjection(createMemoryVault());
  t.same([...handles, ...ignores].sort(), allEvents.filter(({ module }) => topics.includes(topicOf(module))).map(({ type }) => type).sort());
});

t.test('given what happened to customers, their rows are these', skipUnless('postgres'), async (t) => {
  for (const batchSize of [Infinity, 1]) {
    const { database, queries, differences } = await readSide(t, (story) => story
      .person('张伟', { income: { amount: '60000.00', currency: 'CNY' }, addresses: [{ kind: 'home', country: 'CN', cityCode: '310000', line: '南京路1号' }] }, 'B01')
      .company('上海贸易有限公司')
      .change('张伟', { field: 'phones', before: null, after: ['+8613900000001'] }, { field: 'income', before: null, after: null }, { field: 'occupation', before: null, after: 'baker' })
      .move('张伟', 'B01', 'B02')
      .lapse('张伟')
      .lapse('nobody'), batchSize);
    t.same(await database.query(`select id, revision, kind, status, branch, birth_year, sex, city_code, income_band, sealed_revision, registered_at, updated_at from customers.customers order by kind`), [
      {
        id: idOf('上海贸易有限公司'), revision: '0', kind: 'corporate', status: 'active', branch: null, birth_year: null, sex: null, city_code: null, income_band: null, sealed_revision: '0',
        registered_at: new Date('2025-01-01T08:01:00Z'), updated_at: new Date('2025-01-01T08:01:00Z'),
      },
      {
        id: idOf('张伟'), revision: '3', kind: 'individual', status: 'active', branch: 'B02', birth_year: 1990, sex: 'female', city_code: '310000', income_band: null, sealed_revision: '1',
        registered_at: new Date('2025-01-01T08:00:00Z'), updated_at: new Date('2025-01-01T08:03:00Z'),
      },
    ]);
    t.same(await queries.byId(idOf('张伟')), {
      id: idOf('张伟'), revision: 3, kind: 'individual', status: 'active', branch: 'B02', name: '张伟', sex: 'female', birthDate: '1990-05-17',
      idDocument: { type: 'CN-PASSPORT', number: 'E10000000' }, phones: ['+8613900000001'], occupation: 'baker',
      addresses: [{ kind: 'home', country: 'CN', cityCode: '310000', line: '南京路1号' }],
      registeredAt: '2025-01-01T08:00:00.000Z', updatedAt: '2025-01-01T08:03:00.000Z',
    });
    t.equal(await queries.byId(idOf('nobody')), undefined, 'a stream without a registration is no customer');
    t.same(await differences(), []);
    const [everything] = await database.query<{ text: string }>(`select string_agg(c::text, ' ') as text from customers.customers c`);
    for (const personal of ['张', '伟', '13900000001', 'E10000000', '南京路', 'baker', '91350100M000100Y43', 'zhang', '05-17']) t.notOk(everything!.text.includes(personal), `${personal} stands nowhere in clear`);
  }
});

t.test('exact searches', skipUnless('postgres'), async (t) => {
  const { names, post, get } = await readSide(t, (story) => story
    .person('张伟', { idDocument: { type: 'CN-RIC', number: '11010519491231002X' }, birthDate: '1949-12-31', phones: ['+8613812345678'] })
    .person('Jan Novák', { phones: ['+420601123456', '+862112345678'] })
    .company('上海贸易有限公司', { phones: ['+8613812345678'] })
    .account('6200000003', '张伟', 'Jan Novák')
    .account('6200000011', 'Jan Novák')
    .tell('ledger-0', { type: 'HoldersChanged', data: { accountId: idOf('6200000003'), before: [], after: [], reason: 'asked' } })
    .tell('ledger-0', { type: 'AccountClosed', data: { accountId: idOf('6200000011') } }));
  t.same(await names('idNumber=11010519491231002x'), ['张伟']);
  t.same(await names('idNumber=110105491231002'), ['张伟'], 'the 15-digit number of old');
  t.same(await names('idNumber=91350100m000100y43'), ['上海贸易有限公司']);
  t.same(await names('idNumber=110105194912310021'), []);
  for (const phone of ['13812345678', '%2B8613812345678', '+8613812345678', '0086%20138-1234-5678']) t.same(await names(`phone=${phone}`), ['张伟', '上海贸易有限公司'], phone);
  t.same(await names('phone=021-12345678'), ['Jan Novák']);
  t.same(await names('phone=13812345678&kind=corporate'), ['上海贸易有限公司'], 'filters combine');
  t.same(await names('accountNumber=62000%2000003'), ['张伟'], 'who is no longer a holder is not found');
  t.same(await names('accountNumber=6200000011'), ['Jan Novák'], 'closed accounts are found');
  t.same(await names('product=savings'), ['张伟'], 'but are held no more');
  t.same((await post({ phone: '138 1234 5678', kind: 'individual' })).items.map(({ name }: { name: string }) => name), ['张伟'], 'the same as a POST');
  t.match(await get('colour=red'), { status: 400, errors: [{ pointer: '?colour', code: 'unknown_field' }] });
  t.match(await post({ name: '·', sort: 'name' }), { status: 400, errors: [{ pointer: '/sort', code: 'not_allowed' }] });
  t.match(await post({ name: '·' }), { status: 400, errors: [{ pointer: '/name' }] });
  t.match(await get('name=%C2%B7'), { status: 400, errors: [{ pointer: '?name' }] });
});

t.test('searches by name, ranked', skipUnless('postgres'), async (t) => {
  const { names, get } = await readSide(t, (story) => ['张伟', '章伟', '张伟明', '李小龙', 'Jan Novák', 'Jana Nováková', '单雄信', '上海第一贸易有限公司'].reduce((so, name) => so.person(name), story));
  t.same(await names('name=张伟'), ['张伟', '张伟明', '章伟']);
  t.same((await names('name=zhangwei')).sort(), ['张伟', '章伟', '张伟明'].sort());
  t.same((await names('name=zhang%20wei%20ming'))[0], '张伟明');
  t.same(await names('name=sxx'), ['单雄信']);
  t.same(await names('name=novak'), ['Jan Novák', 'Jana Nováková']);
  t.same(await names('name=Novac'), ['Jan Novák', 'Jana Nováková'], 'with a slip');
  t.same(await names('name=maoyi'), ['上海第一贸易有限公司']);
  t.same(await names('name=王五'), []);
  const first = await get('name=zhang&limit=1');
  t.match(first.items, [{ score: Number }]);
  const seen = [...first.items];
  for (let cursor = first.nextCursor; cursor !== undefined; ) {
    const page = await get(`name=zhang&limit=1&cursor=${cursor}`);
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  t.same(seen.map(({ name }) => name).sort(), ['张伟', '章伟', '张伟明'].sort(), 'pages hold each once');
});

t.test('a search that too many fit is cut, and says so', skipUnless('postgres'), async (t) => {
  const { get } = await readSide(t, (story) => {
    for (let n = 0; n < 510; n++) story.person(`王${String.fromCodePoint(0x4e00 + n)}`);
    return story.person('王');
  });
  const found = await get('name=王&limit=200');
  t.equal(found.cut, true);
  t.equal(found.items[0].name, '王', 'the very same name is never cut off');
  t.equal((await get('name=王一')).cut, undefined);
});

t.test('lists: filters, orders, pages', skipUnless('postgres'), async (t) => {
  const { names, get } = await readSide(t, (story) => story
    .person('Ann', { birthDate: '1980-01-01', riskPreference: { level: 'balanced', assessedOn: '2025-01-01' }, tags: ['Wine', 'Opera'] }, 'B02')
    .person('Bob', { birthDate: '1990-01-01', sex: 'male', tags: ['opera'] }, 'B01')
    .person('Cid', { birthDate: '2000-01-01', sex: 'male' }, 'B01')
    .company('Dot Ltd')
    .change('Ann', { field: 'occupation', before: null, after: 'baker' }));
  const walk = async (query: string) => {
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page = await get(`${query}&limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor;
    }
    return seen;
  };
  t.same(await names(''), ['Ann', 'Bob', 'Cid', 'Dot Ltd']);
  t.same(await walk('sort=-registeredAt'), ['Dot Ltd', 'Cid', 'Bob', 'Ann']);
  t.same(await walk('sort=-updatedAt'), ['Ann', 'Dot Ltd', 'Cid', 'Bob']);
  t.same(await walk('sort=birthYear'), ['Dot Ltd', 'Ann', 'Bob', 'Cid']);
  t.same((await walk('sort=-branch')), ['Ann', ...[['Bob', 'Cid'], ['Cid', 'Bob']].find(([first]) => first === (idOf('Bob') > idOf('Cid') ? 'Bob' : 'Cid'))!, 'Dot Ltd']);
  t.same(await names('branch=B01&bornFrom=1995'), ['Cid']);
  t.same(await names('sex=male&bornTo=1995'), ['Bob']);
  t.same(await names('riskLevel=balanced'), ['Ann']);
  t.same(await names('tag=wine'), ['Ann']);
  t.same(await names('tag=OPERA'), ['Ann', 'Bob'], 'in whatever letters');
  t.same(await names('tag=opera&sex=male'), ['Bob']);
  t.same(await walk('tag=opera&sort=birthYear'), ['Ann', 'Bob']);
  for (const tag of ['oper', 'Ann', '1990-01-01', 'opera2']) t.same(await names(`tag=${tag}`), [], `${tag} is no tag of anybody`);
  t.same(await names('registeredFrom=2025-01-01T08:01:00Z&registeredTo=2025-01-01T10:02:00%2B02:00'), ['Bob', 'Cid']);
  t.same(await names('kind=corporate'), ['Dot Ltd']);
  const { nextCursor } = await get('limit=1');
  t.match(await get(`limit=1&sort=branch&cursor=${nextCursor}`), { status: 400, errors: [{ pointer: '?cursor' }] }, 'a cursor belongs to its query');
  const [print] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as [string];
  const forged = Buffer.from(JSON.stringify([print, ['1; drop table', idOf('Ann')]])).toString('base64url');
  t.match(await get(`limit=1&cursor=${forged}`), { status: 400, errors: [{ pointer: '?cursor' }] });
});

t.test('probable duplicates', skipUnless('postgres'), async (t) => {
  const { queries } = await readSide(t, (story) => story
    .person('张伟', { phones: ['+8613812345678', '+8613900000001'] })
    .person('李四', { phones: ['+8613812345678'] })
    .company('上海贸易有限公司', { licenceNumber: 'L-1' }));
  const like = (profile: object) => queries.probableDuplicates({ kind: 'individual', name: 'x', sex: 'male', birthDate: '1950-01-01', idDocument: { type: 'CN-PASSPORT', number: 'E00000000' }, phones: ['+8615000000000'], ...profile } as Profile);
  t.same(await like({}), []);
  t.same(await like({ name: '张伟' }), [], 'a name alone is no reason: many share one');
  t.same(await like({ name: ' 张 伟', birthDate: '1990-05-17' }), [], 'another name');
  t.same(await like({ name: '张伟', birthDate: '1990-05-17' }), [{ id: idOf('张伟'), reasons: ['same_name_and_birth_date'] }]);
  t.same(await like({ name: '张伟', phones: ['+8613900000001'] }), [{ id: idOf('张伟'), reasons: ['same_name_and_phone'] }]);
  t.same((await like({ birthDate: '1990-05-17', phones: ['+8613812345678'] })).map(({ id }) => id).sort(), [idOf('张伟'), idOf('李四')].sort());
  const company = (fields: object) => queries.probableDuplicates({ kind: 'corporate', name: 'x', creditCode: '91110000600037341L', ...fields } as Profile);
  t.same(await company({ name: '上海贸易有限公司' }), [{ id: idOf('上海贸易有限公司'), reasons: ['same_name'] }]);
  t.same(await company({ licenceNumber: 'l1' }), [{ id: idOf('上海贸易有限公司'), reasons: ['same_licence_number'] }]);
});

t.test('an erased customer cannot be read, and a batch with one goes on', skipUnless('postgres'), async (t) => {
  const vault = createMemoryVault();
  const database = await readDatabase(t, customersProjection(vault));
  const story = new Story(vault).person('Ann').person('Bob').change('Ann', { field: 'occupation', before: null, after: 'baker' }).change('Bob', { field: 'occupation', before: null, after: 'cook' });
  const events = await story.opened();
  await database.apply(events.slice(0, 2));
  await vault.erase(idOf('Ann'));
  const queries = await customerQueries(database.store, vault);
  t.match(await queries.byId(idOf('Ann')), { status: 'erased', revision: 0, name: undefined });
  await database.apply((await story.opened()).slice(2));
  t.same(await database.query('select status, profile, birth_year, terms::text from customers.customers where id = $1', [idOf('Ann')]), [{ status: 'erased', profile: null, birth_year: null, terms: '{}' }]);
  t.match(await queries.byId(idOf('Bob')), { status: 'active', occupation: 'cook', revision: 1 });
});

t.test('who is restricted, or about to be erased, keeps the sealed profile and nothing to be found by; once erased, neither', skipUnless('postgres'), async (t) => {
  const vault = createMemoryVault();
  const database = await readDatabase(t, customersProjection(vault));
  const customerId = idOf('Ann');
  const of = <Type extends 'CustomerErasureConfirmed' | 'CustomerErasureWithdrawn' | 'CustomerErased'>(type: Type) => ({ type, data: { customerId, ...(type === 'CustomerErasureWithdrawn' && { cause: 'business-open' }) } }) as never;
  const story = new Story(vault).person('Ann').person('Bob');
  for (const event of [
    { type: 'CustomerRestricted', data: { customerId, reason: 'x' } } as never, of('CustomerErasureConfirmed'), of('CustomerErasureWithdrawn'),
    { type: 'CustomerRestrictionLifted', data: { customerId, reason: 'x' } } as never, of('CustomerErasureConfirmed'), of('CustomerErased'),
  ]) story.tell(`customer-${customerId}`, event);
  const events = await story.opened();
  await database.apply(events.slice(0, 2));
  const queries = await customerQueries(database.store, vault);
  const everywhere = { everything: true, branches: [] };
  const seen = async () => {
    const [row] = await database.query<{ status: string; sealed: boolean; birth: boolean; terms: boolean }>(
      `select status, profile is not null as sealed, birth_year is not null as birth, terms <> '{}' as terms from customers.customers where id = $1`, [customerId]);
    const listed = async (seesRestricted: boolean) => (await queries.find({}, 'registeredAt', 10, undefined, everywhere, seesRestricted)).items.length;
    const named = (await queries.find({ name: 'Ann' }, 'registeredAt', 10, undefined, everywhere, true)).items.length;
    return { ...row, name: (await queries.byId(customerId))?.['name'], listed: await listed(false), listedToRisk: await listed(true), named };
  };
  const before = { status: 'active', sealed: true, birth: true, terms: true, name: 'Ann', listed: 2, listedToRisk: 2, named: 1 };
  const kept = { status: 'restricted', sealed: true, birth: false, terms: false, name: 'Ann', listed: 1, listedToRisk: 2, named: 0 };
  t.same(await seen(), before);
  const expected = [kept, { ...kept, status: 'erasing' }, kept, before, { ...kept, status: 'erasing' }, { ...kept, status: 'erased', sealed: false, name: undefined, listed: 2 }];
  for (const [index, row] of expected.entries()) {
    await database.apply(events.slice(2 + index, 3 + index));
    t.same(await seen(), row, `after event ${index + 1}`);
  }
});

t.test('what the registry said of somebody stays until name or ID document change', skipUnless('postgres'), async (t) => {
  for (const batchSize of [Infinity, 1]) {
    const checked = (story: Story, name: string, method: 'registry' | 'face', outcome: 'match' | 'mismatch') =>
      story.tell(`customer-${idOf(name)}`, { type: 'IdentityChecked', data: { customerId: idOf(name), checkId: idOf(`${name} ${outcome}`), method, provider: 'registry', outcome } });
    const { database, queries, differences, get } = await readSide(t, (story) => {
      for (const name of ['kept', 'renamed', 'face alone', 'erased']) story.person(name);
      checked(checked(checked(checked(checked(story, 'kept', 'registry', 'mismatch'), 'kept', 'registry', 'match'), 'renamed', 'registry', 'match'), 'face alone', 'face', 'match'), 'erased', 'registry', 'match');
      return story.change('kept', { field: 'occupation', before: null, after: 'baker' }).move('kept', 'B01', 'B02').change('renamed', { field: 'name', before: 'renamed', after: 'other' })
        .tell(`customer-${idOf('erased')}`, { type: 'CustomerErased', data: { customerId: idOf('erased') } });
    }, batchSize);
    const verified = { at: '2025-01-01T08:05:00.000Z', provider: 'registry', outcome: 'match' };
    t.match(await queries.byId(idOf('kept')), { identityVerified: verified, occupation: 'baker', branch: 'B02' });
    for (const name of ['renamed', 'face alone', 'erased']) t.equal((await queries.byId(idOf(name)))!['identityVerified'], undefined, name);
    t.match((await get('name=kept')).items, [{ identityVerified: verified }]);
    t.same(await differences(), []);
    await database.query(`update customers.customers set identity_verified = '{"at":"2025-01-01T08:05:00.000Z","provider":"registry","outcome":"mismatch"}' where id = '${idOf('kept')}'`);
    t.match(await differences(), [{ kind: 'changed', column: 'identity_verified' }]);
  }
});

t.test('verify finds every kind of damage, and nothing where there is none', skipUnless('postgres'), async (t) => {
  const { database, differences } = await readSide(t, (story) => story.person('Ann', {}, 'B01').person('Bob').change('Ann', { field: 'occupation', before: null, after: 'baker' }).account('6200000003', 'Ann'));
  t.same(await differences(), []);
  const damage = async (statement: string, ...expected: object[]) => {
    await database.query('create table if not exists public.kept as select * from customers.customers; create table if not exists public.holders as select * from customers.account_holders');
    await database.query(statement);
    t.match(await differences(), expected, statement);
    await database.query('truncate customers.customers; insert into customers.customers select * from public.kept; truncate customers.account_holders; insert into customers.account_holders select * from public.holders');
    t.same(await differences(), [], 'healed');
  };
  const ann = idOf('Ann');
  await damage(`update customers.customers set branch = 'B09' where id = '${ann}'`, { kind: 'changed', key: ann, column: 'branch', expected: 'B01', found: 'B09' });
  await damage(`delete from customers.customers where id = '${ann}'`, { kind: 'missing', key: ann });
  await damage(`update customers.customers set id = '${idOf('Zoe')}' where id = '${ann}'`, { kind: 'extra', key: idOf('Zoe') }, { kind: 'missing', key: ann });
  await damage(`update customers.customers set terms = terms[2:] where id = '${ann}'`, { kind: 'changed', column: 'terms' });
  await damage(`update customers.customers c set profile = o.profile from customers.customers o where c.id = '${ann}' and o.id = '${idOf('Bob')}'`, { kind: 'changed', column: 'profile' });
  await damage(`update customers.account_holders set customer_ids = '{}'`, { kind: 'changed', column: 'customer_ids' });
});

t.test('verify meets every customer with its own stream, however many there are', skipUnless('postgres'), async (t) => {
  const names = Array.from({ length: 150 }, (_, n) => `Customer ${n}`);
  const { vault, database, story } = await readSide(t, (so) => names.reduce((told, name) => told.person(name), so).company('上海贸易有限公司').change('Customer 7', { field: 'occupation', before: null, after: 'baker' }));
  const differences = async (eventsOf: (stream: string) => AsyncIterable<StoredEvent>) => {
    const found: Difference[] = [];
    async function* log() { yield* await story.sealed(); }
    for await (const difference of verifyCustomers({ events: log(), query: database.query, vault, eventsOf })) found.push(difference);
    return found;
  };
  t.same(await differences((stream) => story.eventsOf(stream)), []);
  await database.query(`update customers.customers set branch = 'B09' where id = any($1)`, [names.map(idOf)]);
  t.equal((await differences((stream) => story.eventsOf(stream))).length, 150);
  await database.query(`update customers.customers set branch = null`);
  const seven = `customer-${idOf('Customer 7')}`;
  t.match(await differences((stream) => (stream === seven ? nothing() : story.eventsOf(stream))), [{ kind: 'extra', key: idOf('Customer 7') }], 'a stream that is gone');
  t.match(await differences((stream) => (stream === seven ? story.eventsOf(`customer-${idOf('Customer 8')}`) : story.eventsOf(stream)))
    .then((found) => found.map(({ column }) => column)), ['id', 'revision', 'registered_at', 'updated_at', 'profile', 'sealed_revision', 'terms'], 'the stream of another');
  const elsewhere = async function* (stream: string) { for await (const stored of story.eventsOf(stream)) yield stream === seven ? { ...stored, id: idOf('another event') } : stored; };
  t.match(await differences(elsewhere), [{ kind: 'changed', key: idOf('Customer 7'), column: 'profile', expected: /does not open/, found: 'not compared' }], 'an event that cannot be opened');
});

async function* nothing(): AsyncIterable<StoredEvent> {}
