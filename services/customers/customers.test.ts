import t from 'tap';
import { customersBank } from './testing/bank.js';
import { company, creditCode, person, residentNumber } from './testing/people.js';

t.test('an individual and a corporate customer, from registration to history', async (t) => {
  const bank = await customersBank();
  const body = person({ branch: 'B01', income: { amount: '120000.00', currency: 'CNY' }, consents: { marketingSms: true } });
  const registered = await bank.post('/v1/customers', body);
  t.equal(registered.status, 201);
  const { id, revision, position } = registered.body;
  t.same([revision, typeof position, registered.headers['location'], registered.headers['etag']], [0, 'string', `/v1/customers/${id}`, '"0"']);
  const { branch: _branch, ...profile } = body;
  const view = { id, revision: 0, status: 'active', branch: 'B01', ...profile, registeredAt: '2025-03-01T08:00:00.000Z', updatedAt: '2025-03-01T08:00:00.000Z' };
  const got = await bank.get(`/v1/customers/${id}`);
  t.same(got.body, view);
  t.equal(got.headers['etag'], '"0"');

  bank.laterBy(60_000);
  const changed = await bank.patch(id, 0, { phones: ['+8613900000001'], income: null, consents: { marketingSms: false, profiling: true }, reason: 'moved', evidence: ['doc-7'], channel: 'phone', branch: 'B02' });
  t.match(changed, { status: 200, body: { id, revision: 2 }, headers: { etag: '"2"' } });
  const { income: _income, ...withoutIncome } = view;
  const now = { ...withoutIncome, revision: 2, branch: 'B02', phones: ['+8613900000001'], consents: { marketingSms: false, profiling: true }, updatedAt: '2025-03-01T08:01:00.000Z' };
  t.same((await bank.get(`/v1/customers/${id}`)).body, now);
  t.same((await bank.get(`/v1/customers/${id}?asOf=2025-03-01T16:00:30%2B08:00`)).body, view, 'as of before the change');
  t.same((await bank.get(`/v1/customers/${id}?asOf=2025-03-01T08:01:00Z`)).body, now);
  t.match(await bank.get(`/v1/customers/${id}?asOf=2025-03-01T07:59:59Z`), { status: 404, body: { code: 'customer_not_yet_registered' } });
  t.match(await bank.get(`/v1/customers/${id}?asOf=yesterday`), { status: 400, body: { errors: [{ pointer: '?asOf', code: 'format' }] } });

  const { items } = (await bank.get(`/v1/customers/${id}/history`)).body;
  t.same(items.map((item: { type: string; revision: number }) => [item.revision, item.type]), [[0, 'CustomerRegistered'], [1, 'CustomerUpdated'], [2, 'CustomerBranchAssigned']]);
  t.same(items[0].changes.find((change: { field: string }) => change.field === 'name'), { field: 'name', before: null, after: body.name });
  t.same(items[1], {
    customerId: items[1].customerId, revision: 1, position: items[1].position, recordedAt: '2025-03-01T08:01:00.000Z', type: 'CustomerUpdated',
    actor: { id: 'zhang', role: 'teller', branch: 'B01', channel: 'phone' }, channel: 'phone', reason: 'moved', evidence: ['doc-7'],
    changes: [
      { field: 'phones', before: body.phones, after: ['+8613900000001'] },
      { field: 'income', before: { amount: '120000.00', currency: 'CNY' }, after: null },
      { field: 'consents', before: { marketingSms: true }, after: { marketingSms: false, profiling: true } },
    ],
  });
  t.same(items[2].changes, [{ field: 'branch', before: 'B01', after: 'B02' }]);

  const corporate = await bank.post('/v1/customers', company({ registeredCapital: { amount: '5000000.00', currency: 'CNY' }, shareholders: [{ name: '李四', share: '60.5' }] }));
  t.equal(corporate.status, 201);
  t.match((await bank.get(`/v1/customers/${corporate.body.id}`)).body, { kind: 'corporate', status: 'active', shareholders: [{ name: '李四', share: '60.5' }] });
  const log = JSON.stringify(bank.log.all, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  for (const secret of [body.name, body.idDocument.number, body.phones[0]!, '李四', 'moved', 'doc-7', '120000.00']) t.notOk(log.includes(secret), 'nothing personal stands in the log in clear');
  await bank.server.close();
});

t.test('whose customer it is: branch and manager', async (t) => {
  const bank = await customersBank();
  const { id, revision } = (await bank.post('/v1/customers', person({ manager: 'anna' }))).body;
  t.equal(revision, 1, 'registered, then assigned');
  t.match((await bank.get(`/v1/customers/${id}`)).body, { branch: 'B01', manager: 'anna' }, 'the branch of whoever registers, where none is named');
  t.equal((await bank.patch(id, 1, { manager: 'anna' })).body.revision, 1, 'what changes nothing records nothing');
  t.equal((await bank.patch(id, 1, { manager: null, reason: 'left' })).body.revision, 2);
  t.notOk('manager' in (await bank.get(`/v1/customers/${id}`)).body);
  const { items } = (await bank.get(`/v1/customers/${id}/history`)).body;
  t.same(items.slice(1).map(({ type, reason, changes }: Record<string, unknown>) => ({ type, reason, changes })), [
    { type: 'CustomerManagerAssigned', reason: undefined, changes: [{ field: 'manager', before: null, after: 'anna' }] },
    { type: 'CustomerManagerAssigned', reason: 'left', changes: [{ field: 'manager', before: 'anna', after: null }] },
  ]);
});

t.test('as of: a moment sees what was recorded at it, never what came after; changes retell it', async (t) => {
  const bank = await customersBank();
  const at = () => bank.clock.now.toISOString();
  const moments: { at: string; view: unknown }[] = [];
  const { id } = (await bank.post('/v1/customers', person({ branch: 'B01' }))).body;
  const patches = [{ occupation: 'baker' }, { occupation: null, employer: '面包店' }, { branch: 'B02', email: 'a@b.cn' }, {}, { consents: { profiling: true } }, { consents: { profiling: null, dataSharing: false } }];
  for (const patch of [undefined, ...patches]) {
    bank.laterBy(patch === undefined ? 0 : 1_000);
    const revision = (await bank.get(`/v1/customers/${id}`)).body.revision;
    if (patch !== undefined) t.equal((await bank.patch(id, revision, patch)).status, 200);
    moments.push({ at: at(), view: (await bank.get(`/v1/customers/${id}`)).body });
  }
  const asOf = async (time: number) => bank.get(`/v1/customers/${id}?asOf=${new Date(time).toISOString()}`);
  for (const [index, moment] of moments.entries()) {
    const time = Date.parse(moment.at);
    t.same((await asOf(time)).body, moment.view, `at ${moment.at} itself`);
    t.same((await asOf(time + 999)).body, moment.view, 'to the last millisecond before the next');
    const before = await asOf(time - 1);
    if (index === 0) t.match(before, { status: 404, body: { code: 'customer_not_yet_registered' } });
    else t.same(before.body, moments[index - 1]!.view, 'a millisecond earlier');
  }
  const retold: Record<string, unknown> = {};
  for (const { changes } of (await bank.get(`/v1/customers/${id}/history`)).body.items)
    for (const { field, before, after } of changes) {
      t.same(retold[field] ?? null, before, `${field} was before what it was after the change before`);
      retold[field] = after;
    }
  const { id: _id, revision: _revision, status: _status, registeredAt: _registeredAt, updatedAt: _updatedAt, ...now } = (await bank.get(`/v1/customers/${id}`)).body;
  t.same(Object.fromEntries(Object.entries(retold).filter(([, value]) => value !== null)), now, 'all changes together are the record');
  await bank.server.close();
});

t.test('history pages both ways, with cursors', async (t) => {
  const bank = await customersBank();
  const { id } = (await bank.post('/v1/customers', person())).body;
  for (let revision = 0; revision < 4; revision++) await bank.patch(id, revision, { occupation: `job ${revision}` });
  const walk = async (order: string) => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const { body } = await bank.get(`/v1/customers/${id}/history?limit=2&order=${order}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map((item: { revision: number }) => item.revision));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    return seen;
  };
  t.same(await walk('asc'), [0, 1, 2, 3, 4]);
  t.same(await walk('desc'), [4, 3, 2, 1, 0]);
  const other = (await bank.post('/v1/customers', person())).body.id;
  const { nextCursor } = (await bank.get(`/v1/customers/${id}/history?limit=1`)).body;
  t.match(await bank.get(`/v1/customers/${other}/history?limit=1&cursor=${nextCursor}`), { status: 400, body: { errors: [{ pointer: '?cursor' }] } });
  t.match(await bank.get('/v1/customers/0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a/history'), { status: 404, body: { code: 'customer_not_found' } });
  t.match(await bank.get('/v1/customers/0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a'), { status: 404, body: { code: 'customer_not_found' } });
  t.match(await bank.get('/v1/customers/someone'), { status: 400, body: { errors: [{ pointer: 'path:id' }] } });
  await bank.server.close();
});

t.test('bad input: every fault at once, each naming its field', async (t) => {
  const bank = await customersBank();
  const faults = async (body: unknown) => {
    const response = await bank.post('/v1/customers', body);
    t.equal(response.status, 400);
    return response.body.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`);
  };
  t.same(await faults({
    kind: 'individual', name: '', sex: 'female', birthDate: '1990-02-30', idDocument: { type: 'CN-RIC', number: '110105194912310021' },
    phones: ['138 1234 5678', '+8612812345678'], nickname: 'x', income: { amount: '1.5', currency: 'CNY' },
  }), [
    '/name too_short', '/birthDate format', '/phones/0 format', '/nickname unknown_field',
    '/idDocument/number id_number_checksum', '/phones/1 phone_impossible', '/income/amount amount_scale',
  ]);
  t.same(await faults({}), ['/kind required', '/name required'], 'and what is wrong in either kind');
  t.same(await faults({ kind: 'robot', name: 3, colour: 'red', creditCode: 7 }), ['/kind not_allowed', '/name type', '/colour unknown_field']);
  t.same(await faults(company({ notDuplicateOf: Array.from({ length: 101 }, () => '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a') })), ['/notDuplicateOf too_long']);
  t.same(await faults({ kind: 'corporate' }), ['/name required', '/creditCode required']);
  t.same(await faults(company({ creditCode: '91310115MA1H8R7C6D' })), ['/creditCode credit_code_checksum']);
  t.same(await faults(person({ sex: 'female', birthDate: '1991-05-17' })), ['/birthDate id_number_birth_date', '/sex id_number_sex']);
  t.same(await faults(person({ channel: 'pigeon', phones: [] })), ['/phones too_short', '/channel not_allowed']);
  t.equal(bank.log.all.length, 0, 'a refused command writes nothing');
  await bank.server.close();
});

t.test('what is stored has one form', async (t) => {
  const bank = await customersBank();
  const number = residentNumber('1949-12-31', 2);
  t.match(number, /X$/);
  const { id } = (await bank.post('/v1/customers', person({ sex: 'female', birthDate: '1949-12-31', idDocument: { type: 'CN-RIC', number: number.toLowerCase() }, name: '  e\u0301lan  ' }))).body;
  t.match((await bank.get(`/v1/customers/${id}`)).body, { idDocument: { number }, name: 'élan' });
  const rep = { name: '李四', idDocument: { type: 'CN-RIC', number: number.toLowerCase() } };
  const firm = (await bank.post('/v1/customers', company({ legalRepresentative: rep, beneficialOwners: [rep], contacts: [{ name: '王五', relationship: 'clerk', phone: '+8613812345678' }] }))).body;
  t.match((await bank.get(`/v1/customers/${firm.id}`)).body, { legalRepresentative: { idDocument: { number } }, beneficialOwners: [{ idDocument: { number } }] }, 'of everybody named in it');
  const holder = (await bank.post('/v1/customers', person({ idDocument: { ...person().idDocument, validUntil: '2025-03-10' } }))).body;
  bank.laterBy(20 * 86_400_000);
  await bank.patch(holder.id, 0, { name: 'e\u0301lan' });
  t.equal((await bank.get(`/v1/customers/${holder.id}`)).body.name, 'élan', 'also where the record has a fault of old');
  await bank.server.close();
});

t.test('an id is the same in capitals', async (t) => {
  const bank = await customersBank();
  const { id } = (await bank.post('/v1/customers', person())).body;
  t.match(await bank.get(`/v1/customers/${id.toUpperCase()}`), { status: 200, body: { id } });
  t.match(await bank.get(`/v1/customers/${id.toUpperCase()}/history`), { status: 200 });
  t.match(await bank.patch(id.toUpperCase(), 0, { occupation: 'baker' }), { status: 200, body: { id } });
  bank.found.candidates = [{ id, reasons: ['same_name_and_birth_date'] }];
  t.equal((await bank.post('/v1/customers', { ...person(), notDuplicateOf: [id.toUpperCase()] })).status, 201);
  await bank.server.close();
});

t.test('updates', async (t) => {
  const bank = await customersBank();
  const body = person({ idDocument: { ...person().idDocument, validUntil: '2025-03-10' } });
  const { id } = (await bank.post('/v1/customers', body)).body;
  t.match(await bank.patch(id, 5, { occupation: 'baker' }), { status: 412, body: { code: 'if_match_stale' } });
  t.match(await bank.server.inject({ method: 'PATCH', url: `/v1/customers/${id}`, headers: { authorization: 'Bearer a-token-for-tests', 'content-type': 'application/json' }, payload: '{}' }), { statusCode: 428 });
  t.match(await bank.patch('0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a', 0, { occupation: 'baker' }), { status: 404 });
  const before = bank.log.all.length;
  t.match(await bank.patch(id, 0, {}), { status: 200, body: { id, revision: 0 } });
  t.match(await bank.patch(id, 0, { name: body.name, kind: 'individual', email: null, reason: 'nothing' }), { status: 200, body: { revision: 0 } });
  t.equal(bank.log.all.length, before, 'what changes nothing records nothing');
  const refused = async (patch: unknown) => (await bank.patch(id, 0, patch)).body.errors?.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`);
  t.same(await refused({ name: null, phones: null }), ['/name required', '/phones required']);
  t.same(await refused({ phones: [], shareholders: [], colour: 'red' }), ['/colour unknown_field']);
  t.same(await refused({ phones: [], shareholders: [] }), ['/phones too_short', '/shareholders unknown_field'], 'a person has no shareholders');
  t.same(await refused({ kind: 'corporate' }), ['/kind immutable']);
  t.same(await refused({ birthDate: '1991-05-17' }), ['/birthDate id_number_birth_date'], 'agrees with what is on record');
  t.same(await refused({ idDocument: { number: '110105194912310021' } }), ['/idDocument/number id_number_checksum'], 'a part of an object is merged and checked');
  t.same(await refused({ consents: 7 }), ['/consents type']);
  t.same(await refused({ name: 3, income: { amount: '-1.00' } }), ['/name type', '/income/amount negative'], 'the currency may stay as it is');
  bank.laterBy(20 * 86_400_000);
  t.match(await bank.patch(id, 0, { occupation: 'baker' }, { 'content-type': 'application/merge-patch+json' }), { status: 200, body: { revision: 1 } }, 'an expired document does not stand in the way');
  t.same((await bank.patch(id, 1, { idDocument: { validUntil: '2025-03-11' } })).body.errors[0].code, 'document_expired', 'but is not renewed into the past');
  await bank.server.close();
});

t.test('repeats and conflicts of idempotency keys', async (t) => {
  const bank = await customersBank();
  const body = person();
  const first = await bank.post('/v1/customers', body, { 'idempotency-key': 'a' });
  const again = await bank.post('/v1/customers', body, { 'idempotency-key': 'a' });
  t.equal(again.status, 201);
  t.same(again.body, first.body);
  t.match(await bank.post('/v1/customers', { ...body, occupation: 'baker' }, { 'idempotency-key': 'a' }), { status: 409, body: { code: 'idempotency_key_reused' } });
  const change = await bank.patch(first.body.id, 0, { occupation: 'baker' }, { 'idempotency-key': 'b' });
  t.match(change, { status: 200, body: { revision: 1 } });
  t.same((await bank.patch(first.body.id, 0, { occupation: 'baker' }, { 'idempotency-key': 'b' })).body, change.body, 'a repeat is answered although its If-Match is stale by now');
  await bank.server.close();
});

t.test('one identity, one customer', async (t) => {
  const bank = await customersBank();
  const body = person();
  const { id } = (await bank.post('/v1/customers', body)).body;
  const twin = { ...person(), idDocument: { ...body.idDocument, number: body.idDocument.number } };
  t.match(await bank.post('/v1/customers', twin), { status: 409, body: { code: 'customer_duplicate', candidates: [{ id, reasons: ['same_identity'] }] } });
  t.match(await bank.post('/v1/customers', { ...twin, notDuplicateOf: [id] }), { status: 409, body: { code: 'customer_duplicate' } }, 'nobody can wave this one through');
  const firm = company();
  t.equal((await bank.post('/v1/customers', firm)).status, 201);
  t.match(await bank.post('/v1/customers', { ...company(), creditCode: firm.creditCode }), { status: 409, body: { code: 'customer_duplicate' } });

  const racers = await Promise.all([1, 2, 3, 4].map(() => bank.post('/v1/customers', { ...company(), creditCode: creditCode(777) })));
  t.same(racers.map(({ status }) => status).sort(), [201, 409, 409, 409], 'of several at once one succeeds');

  const other = (await bank.post('/v1/customers', person())).body;
  t.match(await bank.patch(other.id, 0, { idDocument: body.idDocument }), { status: 409, body: { code: 'customer_duplicate' } }, 'nor by a change');
  const fresh = person().idDocument;
  t.equal((await bank.patch(id, 0, { idDocument: fresh })).status, 200);
  bank.laterBy(11_000);
  t.equal((await bank.patch(other.id, 0, { idDocument: body.idDocument })).status, 200, 'what one has given up another may hold');
  t.match(await bank.patch(id, 2, { idDocument: body.idDocument }), { status: 409 });
  await bank.server.close();
});

t.test('a registration asks the log no more than it must', async (t) => {
  const bank = await customersBank();
  const counted = async (work: () => Promise<unknown>) => {
    const calls: string[] = [];
    const { append, readStream } = bank.log;
    bank.log.append = (stream, ...rest) => (calls.push(`append ${stream.split('-')[0]}`), append(stream, ...rest));
    bank.log.readStream = (stream, ...rest) => (calls.push(`read ${stream.split('-')[0]}`), readStream(stream, ...rest));
    await work();
    Object.assign(bank.log, { append, readStream });
    return calls;
  };
  const claimAndRegister = ['append customeridentity', 'append customer'];
  t.same(await counted(() => bank.post('/v1/customers', person())), ['read customeridentity', ...claimAndRegister]);
  t.same(await counted(() => bank.post('/v1/customers', person(), { 'idempotency-key': 'k' })), ['read customeridentity', 'read customer', ...claimAndRegister]);
  await bank.server.close();
});

t.test('a claim whose registration never came blocks for seconds, then is fenced', async (t) => {
  const bank = await customersBank();
  const body = person();
  let hang: (() => void) | undefined;
  const frozen = new Promise<void>((resolve) => (hang = resolve));
  let reached: () => void = () => {};
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  bank.log.beforeAppend = async (stream) => {
    if (!stream.startsWith('customer-')) return;
    bank.log.beforeAppend = async () => {};
    reached();
    await frozen;
  };
  const late = bank.post('/v1/customers', body, { 'idempotency-key': 'late' });
  await arrived;
  t.match(await bank.post('/v1/customers', body), { status: 409, body: { code: 'customer_identity_claimed' }, headers: { 'retry-after': '10' } });
  bank.laterBy(10_001);
  const taken = await bank.post('/v1/customers', body);
  t.equal(taken.status, 201);
  hang!();
  t.match(await late, { status: 409, body: { code: 'customer_duplicate', candidates: [{ id: taken.body.id }] } }, 'the one that wakes late is refused');
  t.equal(bank.log.all.filter(({ type }) => type === 'CustomerRegistered').length, 1);
  const lapsed = bank.log.all.find(({ type }) => type === 'CustomerIdentityClaimLapsed')!;
  const nobody = lapsed.stream.slice('customer-'.length);
  t.match(await bank.get(`/v1/customers/${nobody}`), { status: 404 }, 'its stream holds no customer');
  t.match(await bank.get(`/v1/customers/${nobody}/history`), { status: 404, body: { code: 'customer_not_found' } }, 'nor a history');
  t.match(await bank.get(`/v1/customers/${nobody}?asOf=2030-01-01T00:00:00Z`), { status: 404, body: { code: 'customer_not_found' } });
  await bank.server.close();
});

t.test('probable duplicates', async (t) => {
  const bank = await customersBank();
  const candidate = { id: '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a', reasons: ['same_name_and_birth_date'] as const };
  bank.found.candidates = [candidate];
  const body = person();
  t.match(await bank.post('/v1/customers', body), { status: 409, body: { code: 'customer_probable_duplicate', candidates: [candidate] } });
  t.equal(bank.log.all.length, 0, 'not even a claim is left behind');
  t.match(await bank.post('/v1/customers', { ...body, notDuplicateOf: ['5b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a'] }), { status: 409 });
  const registered = await bank.post('/v1/customers', { ...body, notDuplicateOf: [candidate.id] });
  t.equal(registered.status, 201);
  t.match(bank.log.all.at(-1)!.data, { distinctFrom: [candidate.id] }, 'who was ruled out stays on record');
  t.equal((await bank.post('/v1/customers', { ...person(), notDuplicateOf: 'any' })).status, 201);
  t.equal(await bank.metric('bank_customer_duplicate_searches_skipped_total'), '0');
  await bank.server.close();
});

t.test('a read model that is away, or does not answer, does not stop the counter; metrics say so', async (t) => {
  for (const [how, findProbableDuplicates] of [['away', async () => { throw new Error('away'); }], ['hung', () => new Promise<never>(() => {})]] as const) {
    const bank = await customersBank({ findProbableDuplicates });
    t.equal((await bank.post('/v1/customers', person())).status, 201, how);
    t.equal(await bank.metric('bank_customer_duplicate_searches_skipped_total'), '1');
    t.equal((await bank.post('/v1/customers', person({ notDuplicateOf: 'any' }))).status, 201);
    t.equal(await bank.metric('bank_customer_duplicate_searches_skipped_total'), '1', 'none was to be made');
    await bank.server.close();
  }
});

t.test('an erased customer', async (t) => {
  const bank = await customersBank();
  const body = person({ branch: 'B01' });
  const { id } = (await bank.post('/v1/customers', body)).body;
  await bank.patch(id, 0, { occupation: 'baker', reason: 'asked' });
  await bank.vault.erase(id);
  const gone = await bank.get(`/v1/customers/${id}`);
  t.match(gone, { status: 200, body: { id, status: 'erased', kind: 'individual', branch: 'B01' } });
  t.equal(gone.body.name, undefined);
  const { items } = (await bank.get(`/v1/customers/${id}/history`)).body;
  t.same(items.map((item: { changes: unknown }) => item.changes)[1], [{ field: 'occupation', before: 'erased', after: 'erased' }]);
  t.match(await bank.patch(id, 1, { occupation: 'cook' }), { status: 422, body: { code: 'customer_erased' } });
  t.equal((await bank.post('/v1/customers', { ...person(), idDocument: body.idDocument })).status, 201, 'the person may come again');
  await bank.server.close();
});

t.test('the documentation shows the module', async (t) => {
  const bank = await customersBank();
  const api = (await bank.server.inject('/openapi.json')).json();
  t.same(Object.keys(api.paths).sort(), ['/health/live', '/health/ready', '/metrics', '/v1/customers', '/v1/customers/{id}', '/v1/customers/{id}/history', '/v1/customers/{id}/identity-checks', '/v1/customers/{id}/merges', '/v1/customers/{id}/merges/{mergeId}/undo', '/v1/customers/{id}/unmask']);
  const text = JSON.stringify(api);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/([^"]+)/g)) t.ok(api.components.schemas[name!], `${name} is there`);
  t.same(Object.keys(api.paths['/v1/customers/{id}'].patch.requestBody.content), ['application/json', 'application/merge-patch+json']);
  await bank.server.close();
});

t.test('masked fields are seen whole with a reason, of a customer that there is', async (t) => {
  const bank = await customersBank();
  const { id } = (await bank.post('/v1/customers', person())).body;
  const reason = 'the customer stands before me';
  t.strictSame(Object.keys((await bank.post(`/v1/customers/${id}/unmask`, { fields: ['idDocument'], reason })).body).sort(), ['branch', 'id', 'idDocument', 'kind', 'registeredAt', 'revision', 'status', 'updatedAt']);
  t.match((await bank.post(`/v1/customers/${id.replace(/^./, (first: string) => (first === '0' ? '1' : '0'))}/unmask`, { fields: ['idDocument'], reason })).body, { code: 'customer_not_found' });
  await bank.server.close();
});
