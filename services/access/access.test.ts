import t, { type Test } from 'tap';
import { accessBank } from './testing/bank.js';
import { createDirectory } from './directory.js';
import { context } from './testing/access-log.js';
import { dayIn } from './bank-day.js';

async function bank(t: Test) {
  const made = await accessBank();
  t.teardown(async () => {
    await made.server.close();
    await made.process.model.stop();
  });
  const root = made.send(await made.staff('root', 'administrator', 'head-office'));
  for (const [code, parent] of [['B1', 'head-office'], ['B11', 'B1'], ['B2', 'head-office']]) await root('POST', '/v1/branches', { code, title: `Branch ${code}`, parent });
  return { ...made, root };
}

t.test('from hire to departure, each change by the ETag of the one before', async (t) => {
  const { root, process } = await bank(t);
  const hired = await root('POST', '/v1/staff', { username: ' Zhang.Wei ', branch: 'B1', person: { name: '张伟', email: 'zhang@example.com' } });
  t.equal(hired.status, 201);
  const url = `/v1/staff/${hired.body.id}`;
  t.equal(hired.headers.location, url);
  let etag = hired.headers.etag as string;
  const change = async (method: 'PATCH' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object) => {
    const done = await root(method, `${url}${path}`, body, { 'if-match': etag });
    t.ok(done.status < 300, `${method} ${path}: ${JSON.stringify(done.body)}`);
    etag = done.headers.etag as string;
    return done.body.id as string;
  };
  const assignment = await change('POST', '/assignments', { role: 'teller', branch: 'B1' });
  const grant = await change('POST', '/grants', { kind: 'permission', permit: { permission: 'money.reverse', scope: 'branch', limits: { CNY: '100.00' } }, branch: 'B1', until: '2026-03-09T00:00:00+08:00', reason: 'month end' });
  await change('PATCH', '', { username: 'wei', branch: 'B2', person: { name: '张伟' } });
  t.match(await root('GET', url), { status: 200, headers: { etag }, body: {
    id: hired.body.id, username: 'wei', status: 'active', branch: 'B2', person: { name: '张伟' }, assignments: [{ id: assignment, role: 'teller', branch: 'B2' }],
    grants: [{ id: grant, permit: { permission: 'money.reverse', limits: { CNY: '100.00' } }, until: '2026-03-08T16:00:00.000Z', reason: 'month end' }],
  } });
  t.match(await root('PATCH', url, { username: 'other' }, { 'if-match': '"1"' }), { status: 412 });
  t.match(await root('PATCH', url, { username: 'other' }), { status: 428 });
  await change('PUT', '/suspension', { reason: 'keys lost' });
  t.equal(await process.model.rightsOf(hired.body.id, new Date()), undefined);
  const idle = await root('PUT', `${url}/suspension`, {}, { 'if-match': etag });
  t.same([idle.status, idle.headers.etag], [200, etag], 'what changes nothing leaves the ETag');
  await change('POST', '/reinstatement');
  await change('DELETE', `/assignments/${assignment}`);
  await change('DELETE', `/grants/${grant}`);
  await change('PUT', '/departure', { reason: 'retired' });
  t.match(await root('GET', url), { body: { status: 'left', assignments: [], grants: [] } });
});

t.test('a request sent twice with one key is done once', async (t) => {
  const { root } = await bank(t);
  const hire = () => root('POST', '/v1/staff', { username: 'twice', branch: 'B1', person: { name: 'T' } }, { 'idempotency-key': 'k1' });
  const [first, second] = [await hire(), await hire()];
  t.equal(first.status, 201);
  t.same(second.body, first.body);
});

t.test('branches, roles and clients', async (t) => {
  const { root } = await bank(t);
  t.match(await root('PATCH', '/v1/branches/B11', { parent: 'B2', title: 'Moved' }, { 'if-match': '*' }), { status: 200 });
  t.match((await root('GET', '/v1/branches/B11')).body, { code: 'B11', parent: 'B2', title: 'Moved', status: 'open' });
  t.match(await root('DELETE', '/v1/branches/B2', undefined, { 'if-match': '*' }), { status: 422, body: { code: 'branch_in_use' } });
  t.match(await root('DELETE', '/v1/branches/B11', undefined, { 'if-match': '*' }), { status: 200, body: { id: 'B11' } });
  t.match(await root('GET', '/v1/branches'), { body: { items: [{ code: 'head-office' }, { code: 'B1' }, { code: 'B11', status: 'closed' }, { code: 'B2' }] } });

  const made = await root('POST', '/v1/roles', { name: 'cashier', title: 'Cashier', permits: [{ permission: 'money.pay-in', scope: 'branch', limits: { CNY: '1.0' } }], views: {} });
  t.match(made, { status: 400, body: { code: 'limits_invalid', errors: [{ pointer: '/permits/0/limits/CNY' }] } });
  t.match(await root('POST', '/v1/roles', { name: 'cashier', title: 'Cashier', permits: [], views: {} }), { status: 201, headers: { location: '/v1/roles/cashier' } });
  t.match(await root('PATCH', '/v1/roles/cashier', { views: { name: 'clear' } }, { 'if-match': '*' }), { status: 200 });
  t.match((await root('GET', '/v1/roles/cashier')).body, { views: { name: 'clear' }, status: 'current' });
  t.match(await root('DELETE', '/v1/roles/cashier', undefined, { 'if-match': '*' }), { status: 200 });
  t.equal((await root('GET', '/v1/roles')).body.items.length, 10);

  const beyond = { name: 'card-switch', permits: [{ permission: 'money.hold', scope: 'all' }], branch: 'head-office', views: {} };
  t.match(await root('POST', '/v1/clients', beyond), { status: 403, body: { code: 'client_beyond_own' } }, 'where nobody can be asked');
  const client = await root('POST', '/v1/clients', { ...beyond, permits: [{ permission: 'access.read', scope: 'all' }] });
  t.match(await root('PATCH', client.headers.location as string, { permits: beyond.permits }, { 'if-match': '*' }), { status: 403, body: { code: 'client_beyond_own' } });
  const url = client.headers.location as string;
  t.match(await root('PATCH', url, { branch: 'B1' }, { 'if-match': client.headers.etag as string }), { status: 200 });
  t.match(await root('DELETE', url, undefined, { 'if-match': '*' }), { status: 200 });
  t.match(await root('GET', '/v1/clients'), { body: { items: [{ name: 'card-switch', status: 'revoked', branch: 'B1' }] } });
});

t.test('approval rules are records', async (t) => {
  const { root, staff, send } = await bank(t);
  const rules = await root('GET', '/v1/approval-rules');
  t.same(rules.body.items.map(({ name }: { name: string }) => name), ['large-transfers', 'large-payments', 'reversals', 'identity'], 'those a bank begins with');
  const text = { title: 'Large holds', permission: 'money.hold', above: { CNY: '1000.00' }, expiresAfterSeconds: 24 };
  t.match(await root('POST', '/v1/approval-rules', { name: 'holds', ...text, above: { CNY: '1.0' } }), { status: 400, body: { code: 'limits_invalid', errors: [{ pointer: '/above/CNY' }] } });
  t.match(await root('POST', '/v1/approval-rules', { name: 'holds', ...text, permission: 'self.use' }), { status: 400, body: { code: 'never_held', errors: [{ pointer: '/permission' }] } });
  const made = await root('POST', '/v1/approval-rules', { name: 'holds', ...text });
  t.match(made, { status: 201, headers: { location: '/v1/approval-rules/holds' } });
  const read = await root('GET', '/v1/approval-rules/holds');
  t.same(read.body, { name: 'holds', revision: made.body.revision, status: 'current', ...text });
  t.equal(read.headers.etag, made.headers.etag);
  t.match(await root('PUT', '/v1/approval-rules/holds', text), { status: 428 });
  t.match(await root('PUT', '/v1/approval-rules/holds', text, { 'if-match': '"0"' }), { status: 412 });
  const changed = await root('PUT', '/v1/approval-rules/holds', { ...text, above: undefined, roles: ['teller'] }, { 'if-match': made.headers.etag as string });
  t.equal(changed.status, 200);
  t.same((await root('GET', '/v1/approval-rules/holds')).body, { name: 'holds', revision: changed.body.revision, status: 'current', title: 'Large holds', permission: 'money.hold', roles: ['teller'], expiresAfterSeconds: 24 });
  const manager = send(await staff('manager', 'branch-manager', 'head-office'));
  t.match(await manager('POST', '/v1/approval-rules', { name: 'mine', ...text }), { status: 403, body: { code: 'permission_missing' } });
  t.equal((await manager('GET', '/v1/approval-rules')).body.items.length, 5, 'whoever may look at roles sees what waits');
  t.equal((await root('DELETE', '/v1/approval-rules/holds', undefined, { 'if-match': '*' })).status, 200);
  t.match((await root('GET', '/v1/approval-rules/holds')).body, { status: 'retired' });
  t.match(await root('GET', '/v1/approval-rules/nobody'), { status: 404, body: { code: 'approval_rule_not_found' } });
});

t.test('a key of a client is shown once and opens what the client may do, until it is retired', async (t) => {
  const { root, send, staff } = await bank(t);
  const client = await root('POST', '/v1/clients', { name: 'directory-sync', permits: [{ permission: 'access.read', scope: 'all' }, { permission: 'access.administer', scope: 'all' }], branch: 'head-office', views: {} });
  const url = client.headers.location as string;
  t.match(await root('POST', `${url}/keys`, undefined), { status: 428 });
  t.match(await root('POST', `${url}/keys`, undefined, { 'if-match': '"0"' }), { status: 412 });
  t.match(await root('POST', '/v1/clients/0198a7c2-0000-7000-8000-00000000ffff/keys', undefined, { 'if-match': '*' }), { status: 404, body: { code: 'client_not_found' } });
  for (const role of ['branch-manager', 'auditor']) {
    const who = await staff(`a-${role}`, role, 'B1');
    t.match(await send(who)('POST', `${url}/keys`, undefined, { 'if-match': '*' }), { status: 403, body: { code: 'permission_missing' } }, role);
  }
  const [first, second] = [await root('POST', `${url}/keys`, undefined, { 'if-match': '*', 'idempotency-key': 'k' }), await root('POST', `${url}/keys`, undefined, { 'if-match': '*', 'idempotency-key': 'k' })];
  t.match(first, { status: 201, body: { id: client.body.id, keyId: String, key: /^pbk_/ }, headers: { etag: String, location: `${url}/keys/${first.body.keyId}` } });
  t.not(first.body.key, second.body.key, 'never the same secret twice');
  for (const { key } of [first.body, second.body]) t.equal((await send(key)('GET', '/v1/staff')).status, 200);
  t.match(await send(first.body.key)('POST', `${url}/keys`, undefined, { 'if-match': '*' }), { status: 403, body: { code: 'own_rights' } }, 'no client gives itself another key');
  t.equal((await send(first.body.key.replace(first.body.keyId, second.body.keyId))('GET', '/v1/staff')).status, 401, 'the secret of another key');
  t.notOk(JSON.stringify((await root('GET', url)).body).includes(first.body.key.slice(-43)), 'shown nowhere afterwards');
  t.equal((await root('DELETE', `${url}/keys/${first.body.keyId}`, undefined, { 'if-match': '*' })).status, 200);
  t.equal((await send(first.body.key)('GET', '/v1/staff')).status, 401, 'retired');
  t.equal((await send(second.body.key)('GET', '/v1/staff')).status, 200, 'control: the other one goes on');
  await root('DELETE', url, undefined, { 'if-match': '*' });
  t.equal((await send(second.body.key)('GET', '/v1/staff')).status, 401, 'revoked with the client');
  t.match(await root('POST', `${url}/keys`, undefined, { 'if-match': '*' }), { status: 409, body: { code: 'client_revoked' } });
});

t.test('a key of a client that can do more than who asks needs another\'s leave', async (t) => {
  const { root, send } = await bank(t);
  const client = await send('bootstrap')('POST', '/v1/clients', { name: 'card-switch', permits: [{ permission: 'money.hold', scope: 'all' }], branch: 'head-office', views: {} });
  const url = client.headers.location as string;
  t.match(await root('POST', `${url}/keys`, undefined, { 'if-match': '*' }), { status: 403, body: { code: 'client_beyond_own' } });
  t.match(await root('POST', `${url}/key-allowance`, undefined, { 'if-match': '*' }), { status: 403, body: { code: 'client_beyond_own' } }, 'where nobody can be asked');
  t.match(await root('POST', `${url}/key-allowance`), { status: 428 });
  t.equal((await send('bootstrap')('POST', `${url}/keys`, undefined, { 'if-match': '*' })).status, 201, 'control: by who can do as much');
  t.equal((await root('GET', url)).body.keys.length, 1);
});

t.test('a subject of the OpenID provider is linked by two, unlinked by one, and shown to nobody', async (t) => {
  const { root, send, staff, process, clock, ended } = await bank(t);
  const [anna, ben] = [await staff('anna', 'teller', 'B1'), await staff('ben', 'administrator', 'head-office')];
  const url = `/v1/staff/${anna}/openid-subject`;
  const put = (who: typeof root) => who('PUT', url, { subject: 'sub-1' }, { 'if-match': '*' });
  t.match(await put(root), { status: 403, body: { code: 'second_person_needed' } }, 'where nobody can be asked');
  t.match(await put(send(anna)), { status: 403, body: { code: 'permission_missing' } });
  t.match(await root('PUT', url, { subject: 'sub-1' }), { status: 428 });
  t.match(await root('PUT', url, { subject: '' }, { 'if-match': '*' }), { status: 400, body: { errors: [{ pointer: '/subject' }] } });
  t.match(await root('PUT', url, { subject: 'sub-1' }, { 'if-match': '"0"' }), { status: 412 });
  t.same(ended, []);
  const approvedBy = { ...context(ben, clock.now), approver: { id: 'another', role: 'administrator', channel: 'online' as const } };
  await process.administration.execute({ kind: 'link-subject', staffId: anna, issuer: 'https://login.bank.example', subjectDigest: 'sub-1'.padEnd(43, '-'), precondition: () => true }, anna, approvedBy);
  const directory = createDirectory(process.model);
  t.match(await directory.bySubject('sub-1'.padEnd(43, '-'), clock.now), { id: anna, username: 'anna', role: 'teller' });
  const shown = (await root('GET', `/v1/staff/${anna}`)).body;
  t.same(shown.openIdSubject, { issuer: 'https://login.bank.example', linkedAt: shown.openIdSubject.linkedAt });
  t.notOk(JSON.stringify(shown).includes('sub-1'));
  await root('PUT', `/v1/staff/${anna}/suspension`, {}, { 'if-match': '*' });
  t.equal(await directory.bySubject('sub-1'.padEnd(43, '-'), clock.now), undefined, 'suspended');
  t.match(await root('DELETE', url, undefined, { 'if-match': '*' }), { status: 200 });
  t.same(ended, [anna]);
  t.equal((await root('GET', `/v1/staff/${anna}`)).body.openIdSubject, undefined);
});

t.test('who sees whom, and who changes anything', async (t) => {
  const { staff, send, root } = await bank(t);
  const [manager, teller, auditor] = [await staff('manager', 'branch-manager', 'B1'), await staff('teller', 'teller', 'B2'), await staff('auditor', 'auditor', 'head-office')];
  const below = await staff('below', 'teller', 'B11');
  const usernames = async (who: string, query = '') => (await send(who)('GET', `/v1/staff${query}`)).body.items?.map(({ username }: { username: string }) => username);
  t.same(await usernames(manager), ['below', 'manager'], 'their branch and what is below');
  t.same(await usernames(auditor), ['auditor', 'below', 'manager', 'root', 'teller']);
  t.equal((await send(teller)('GET', '/v1/staff')).body.code, 'permission_missing');
  const [beyond, nowhere] = await Promise.all([teller, '0198a7c2-0000-7000-8000-00000000ffff'].map(async (id) => ({ ...(await send(manager)('GET', `/v1/staff/${id}`)).body, instance: '' })));
  t.same(beyond, nowhere, 'what is out of reach is answered like what is not there');
  t.equal((await send(auditor)('GET', '/v1/staff/0198a7c2-0000-7000-8000-00000000ffff')).body.code, 'staff_not_found');
  t.equal((await send(manager)('GET', `/v1/staff/${below}`)).status, 200);
  t.equal((await send(manager)('GET', '/v1/clients')).body.code, 'outside_scope');
  for (const who of [manager, teller, auditor]) t.match(await send(who)('POST', '/v1/staff', { username: 'mate', branch: 'B1', person: { name: 'M' } }), { status: 403, body: { code: 'permission_missing' } });
  t.match(await root('POST', `/v1/staff/${manager}/assignments`, { role: 'administrator', branch: 'B1', scope: 'all' }, { 'if-match': '*' }), { status: 400 }, 'members that a body does not have');

  const page = (await send(auditor)('GET', '/v1/staff?limit=2')).body;
  t.same(await usernames(auditor, `?limit=2&cursor=${page.nextCursor}`), ['manager', 'root']);
  t.match(await send(auditor)('GET', `/v1/staff?limit=2&cursor=${page.nextCursor}&branch=B1`), { status: 400 });
  t.same(await usernames(auditor, '?branch=B1&status=active'), ['manager']);
});

t.test('an administrator of one branch administers nothing', async (t) => {
  const { staff, send, root } = await bank(t);
  await root('POST', '/v1/roles', { name: 'local-administrator', title: 'L', permits: [{ permission: 'access.administer', scope: 'branch' }], views: { staff: 'clear' } });
  const local = await staff('local', 'local-administrator', 'B1');
  t.match(await send(local)('POST', '/v1/staff', { username: 'mate', branch: 'B1', person: { name: 'M' } }), { status: 403, body: { code: 'outside_scope' } });
});

t.test('names of staff are shown to whom they may be', async (t) => {
  const { staff, send, root } = await bank(t);
  await root('POST', '/v1/roles', { name: 'counter', title: 'C', permits: [{ permission: 'access.read', scope: 'all' }], views: {} });
  const reader = await staff('reader', 'counter', 'B1');
  const { body } = await send(reader)('GET', `/v1/staff/${reader}`);
  t.same([body.username, body.person, body.branch], [undefined, undefined, 'B1']);
});

t.test('acting as somebody: theirs but what is never lent, until the time', async (t) => {
  const { staff, send, process, clock } = await bank(t);
  const [teller, helper] = [await staff('teller', 'teller', 'B1'), await staff('helper', 'administrator', 'head-office')];
  t.equal((await send(teller)('POST', '/v1/act-as', { staffId: helper, until: '2026-03-02T09:00:00Z', reason: 'x' })).body.code, 'permission_missing');
  const begun = await send(helper)('POST', '/v1/act-as', { staffId: teller, until: '2026-03-02T09:00:00Z', reason: 'cannot find a button' });
  t.equal(begun.status, 201);
  const lent = await process.model.actingRightsOf(helper, teller, clock.now);
  t.equal(lent!.holder, teller);
  t.ok(lent!.permits.has('money.pay-out'));
  t.notOk(lent!.permits.has('self.use'));
  t.equal(await process.model.actingRightsOf(teller, helper, clock.now), undefined);
  t.equal(await process.model.actingRightsOf(helper, teller, new Date('2026-03-02T09:00:00Z')), undefined, 'over');
  await send(helper)('DELETE', begun.headers.location as string);
  t.equal(await process.model.actingRightsOf(helper, teller, clock.now), undefined, 'ended');
});

t.test('who could have done it, on a day and at a moment', async (t) => {
  const { staff, send, root, laterBy } = await bank(t);
  const auditor = await staff('auditor', 'auditor', 'head-office');
  laterBy(24 * 3_600_000);
  const teller = await staff('teller', 'teller', 'B1');
  laterBy(3_600_000);
  await root('PUT', `/v1/staff/${teller}/suspension`, { reason: 'r' }, { 'if-match': '*' });
  laterBy(24 * 3_600_000);
  const could = async (query: string, who = auditor) => (await send(who)('GET', `/v1/access/could-have?permission=money.pay-out&${query}`)).body.items.map(({ username }: { username: string }) => username);
  t.same(await could('on=2026-03-02'), [], 'before the hire');
  t.same(await could('on=2026-03-03'), ['teller'], 'at some time of that day');
  t.same(await could('on=2026-03-04'), [], 'suspended');
  t.same(await could('on=2026-03-03T16:30:00%2B08:00'), ['teller']);
  t.same(await could('on=2026-03-03T08:59:59Z'), ['teller']);
  t.same(await could('on=2026-03-03T09:00:00Z'), []);
  t.same(await could('on=2026-03-03&branch=B1'), ['teller']);
  t.same(await could('on=2026-03-03&branch=B2'), []);
  const [found] = (await send(auditor)('GET', '/v1/access/could-have?permission=money.pay-out&on=2026-03-03')).body.items;
  t.match(found, { kind: 'staff', id: teller, personName: 'Person teller', branch: 'B1', why: [{ kind: 'assignment', role: 'teller', branch: 'B1', scope: 'branch', limits: { CNY: '200000.00', JPY: '4000000' } }] });
  const elsewhere = await staff('elsewhere', 'branch-manager', 'B2');
  t.same(await could('on=2026-03-03', elsewhere), [], 'only staff within reach');
  for (const query of ['permission=money.print&on=2026-03-03', 'permission=money.pay-out&on=2026-02-30', 'permission=money.pay-out&on=today', 'on=2026-03-03'])
    t.equal((await send(auditor)('GET', `/v1/access/could-have?${query}`)).status, 400, query);
});

t.test('a day of the bank', async (t) => {
  const day = (zone: string, date: string) => {
    const found = dayIn(zone, date)!;
    return [found.from.toISOString(), found.until!.toISOString()];
  };
  t.same(day('Asia/Shanghai', '2026-03-03'), ['2026-03-02T16:00:00.000Z', '2026-03-03T16:00:00.000Z']);
  t.same(day('Europe/Prague', '2026-03-29'), ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'], '23 hours');
  t.same(day('Pacific/Kiritimati', '2026-01-01'), ['2025-12-31T10:00:00.000Z', '2026-01-01T10:00:00.000Z']);
  t.equal(dayIn('Asia/Shanghai', '2026-02-30'), undefined);
});
