import t from 'tap';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import { accept } from '../../shared/kernel/decision.js';
import { stateOf } from '../access/sign-in/standing.js';
import { namedCredentials } from '../access/sign-in/state.js';
import { customerRecord } from '../customers/state.js';
import { forgetSignIn } from './forgetting.js';
import { company, person } from '../customers/testing/people.js';
import { FIXED_TOKEN, PASSWORD } from '../access/sign-in/testing/sign-in-bank.js';
import { CUSTOMER_PASSWORD, selfServiceBank } from './testing/self-service-bank.js';

const unauthenticated = { status: 401, body: { code: 'unauthenticated' } };
const missing = { status: 403, body: { code: 'permission_missing' } };
const beyond = { status: 403, body: { code: 'outside_scope' } };

t.test('a customer enrols at the counter, with a code that is good once', async (t) => {
  const bank = await selfServiceBank();
  const id = await bank.register();
  t.match(await bank.post(`/v1/customers/${id}/enrolment`, {}, (await bank.hire('a.marketer').then(() => bank.staffSignIn('a.marketer'))).body.accessToken), missing, 'who has no permission for it gives none');
  const given = await bank.post(`/v1/customers/${id}/enrolment`, {}, bank.teller);
  t.match(given, { status: 201, body: { code: /^pbc_[\w-]{43}$/, why: 'first', expiresAt: '2025-03-02T08:00:00.000Z' } });
  t.strictSame(bank.sent, [], 'it is handed over, not sent');
  const first = given.body.code;
  const code = await bank.giveCode(id);
  t.match(await bank.enrol(first, 'wang.fang'), { status: 403, body: { code: 'invitation_refused' } }, 'the next one voids it');
  t.match(await bank.enrol(code, undefined), { status: 400, body: { code: 'request_invalid', errors: [{ pointer: '/username', code: 'required' }] } });
  t.match(await bank.enrol(code, 'wang.fang', 'password1234'), { status: 422, body: { code: 'password_weak' } }, 'the same rules as for staff');
  t.match(await bank.enrol(code, 'wang.fang'), { status: 200, body: { status: 'done', sessionsEnded: 0 } });
  t.match(await bank.enrol(code, 'wang.fang'), { status: 403, body: { code: 'invitation_refused' } }, 'once');
  const other = await bank.register();
  const others = await bank.giveCode(other);
  for (const name of ['wang.fang', 'wang-fang']) t.match(await bank.enrol(others, name), { status: 409, body: { code: 'username_taken' } }, name);
  t.match(await bank.enrol(others, 'wang.fang2'), { status: 200 });
  t.match(await bank.signIn('wang-fang'), { status: 401, body: { code: 'sign_in_failed' } }, 'what only looks like the name is none');
  bank.laterBy(1_000);
  t.match(await bank.signIn(' Wang.Fang '), { status: 200, body: { status: 'signed-in', secondFactorMissing: true } });
  t.match((await bank.toldOf(id)).map(({ type }) => type), ['Invited', 'Invited', 'SignInNameChosen', 'PasswordSet', 'SignedIn']);
  t.notMatch(JSON.stringify([...(await bank.toldOf(id))].map((event) => ({ ...event, data: { ...event.data, from: undefined } }))), /marble|argon2|pbc_/, 'no secret in an event');
  t.notOk(bank.logged.join('').includes(code), 'in no log line');

  const company1 = await bank.register(company());
  t.match(await bank.post(`/v1/customers/${company1}/enrolment`, {}, bank.teller), { status: 422, body: { code: 'customer_cannot_sign_in' } }, 'a company does not sign in');
  const late = await bank.giveCode(await bank.register());
  bank.laterBy(24 * 3_600_000);
  t.match(await bank.enrol(late, 'too.late'), { status: 403, body: { code: 'invitation_refused' } });
});

t.test('a second factor is asked for whatever the staff\'s policy is; until then the session is good for nothing else', async (t) => {
  const bank = await selfServiceBank();
  const id = await bank.register();
  await bank.enrol(await bank.giveCode(id), 'wang.fang');
  const token = (await bank.signIn('wang.fang')).body.accessToken;
  t.match(await bank.get(`/v1/customers/${id}`, token), missing);
  t.match(await bank.get('/v1/my', token), { status: 200, body: { customerId: id, username: 'wang.fang' } });
  const begun = await bank.post('/v1/my/factors/message', undefined, token);
  t.match(bank.sent, [{ holderId: id, code: /^\d{6}$/ }]);
  t.match(await bank.post('/v1/my/factors/message/confirm', { enrolment: begun.body.enrolment, code: bank.sent[0]!.code }, token), { status: 201 });
  t.match(await bank.post('/v1/my/factors/recovery-codes', undefined, token), { status: 201, body: { codes: { length: 10 } } });
  const { challenge } = (await bank.signIn('wang.fang')).body;
  await bank.post('/v1/my/sign-in/second-factor/message', { challenge });
  t.match(await bank.post('/v1/sign-in/second-factor', { challenge, proof: { kind: 'message', code: bank.sent[1]!.code } }), { status: 401, body: { code: 'challenge_invalid' } }, 'nothing that the staff\'s door takes');
  const inside = await bank.post('/v1/my/sign-in/second-factor', { challenge, proof: { kind: 'message', code: bank.sent[1]!.code } });
  t.match(inside, { status: 200, body: { status: 'signed-in' } });
  t.notOk('secondFactorMissing' in inside.body);
  t.match(await bank.get(`/v1/customers/${id}`, inside.body.accessToken), { status: 200 });
});

t.test('own data only: nobody else\'s, and nothing that the bank keeps to itself', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang', person({ liabilities: [{ kind: 'loan', value: { amount: '100.00', currency: 'CNY' } }], interests: ['chess'] }));
  const li = await bank.customer('li.wei', person());
  const own = await bank.get(`/v1/customers/${wang.id}`, wang.token);
  t.match(own, { status: 200, body: { id: wang.id, idDocument: { number: /^\d{17}[\dX]$/ }, interests: ['chess'] } }, 'what is their own they see in clear');
  t.notOk('liabilities' in own.body);
  await bank.send('PATCH', `/v1/customers/${wang.id}`, { occupation: 'painter', reason: 'a note by staff' }, FIXED_TOKEN, { 'if-match': '*' });
  const history = await bank.get(`/v1/customers/${wang.id}/history`, wang.token);
  t.match(history.body.items[1], { type: 'CustomerUpdated', changes: [{ field: 'occupation', after: 'painter' }] });
  t.notMatch(JSON.stringify(history.body), /a note by staff|liabilities/);
  for (const url of [`/v1/customers/${wang.id}`, `/v1/customers/${wang.id}/history`, `/v1/customers/${wang.id}?asOf=2025-03-02T00:00:00Z`, '/v1/customers/0198a7c2-0000-7000-8000-000000000001'])
    t.match(await bank.get(url, li.token), beyond, url);
  t.match(await bank.post('/v1/customers', person(), wang.token), missing);
  t.match(await bank.post(`/v1/customers/${wang.id}/enrolment`, {}, wang.token), missing, 'no codes for themselves');
  t.match(await bank.post(`/v1/staff/${wang.id}/invitation`, undefined, wang.token), missing);
  for (const url of ['/v1/sessions', '/v1/factors']) t.match(await bank.get(url, wang.token), missing, `${url} is for staff`);
  t.match(await bank.get(`/v1/customers/${wang.id}`, wang.token, { 'x-act-as': li.id }), missing, 'nobody acts as another customer');
});

t.test('staff and customers have doors of their own', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang');
  const staff = await bank.hire('wang.fang', { permissions: ['self.use', 'own.use'] });
  const inside = (await bank.staffSignIn('wang.fang')).body;
  t.match(await bank.signIn('wang.fang', PASSWORD), { status: 401, body: { code: 'sign_in_failed' } }, 'a person of staff at the customers\' door');
  t.match(await bank.staffSignIn('wang.fang', CUSTOMER_PASSWORD), { status: 401, body: { code: 'sign_in_failed' } }, 'and the other way round');
  for (const url of ['/v1/my', '/v1/my/sessions', '/v1/my/factors']) t.match(await bank.get(url, inside.accessToken), { status: 403, body: { code: 'sign_in_needed' } }, url);
  t.match(await bank.post('/v1/my/sessions/refresh', { refreshToken: inside.refreshToken }), { status: 401, body: { code: 'refresh_refused' } });
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: wang.session.refreshToken }), { status: 401, body: { code: 'refresh_refused' } });
  t.match(await bank.post('/v1/sessions/refresh', { refreshToken: inside.refreshToken }), { status: 200 }, 'control: refused elsewhere, it is not spent');
  t.match(await bank.post('/v1/my/sessions/refresh', { refreshToken: wang.session.refreshToken }), { status: 200 });
  const session = { id: wang.session.sessionId, proofs: ['pwd', 'otp'] as const, device: '', place: '', openedAt: bank.clock.now, lastUsedAt: bank.clock.now, expiresAt: new Date(bank.clock.now.getTime() + 3_600_000) };
  const crossed = async (kind: 'staff' | 'customer', holderId: string): Promise<string> => (await bank.parts.tokens.issue({ ...session, kind, holderId }, bank.clock.now)).token;
  t.match(await bank.get('/v1/my', await crossed('customer', wang.id)), { status: 200 }, 'control of what follows: signed by the bank, in its time');
  t.match(await bank.get('/v1/my', await crossed('customer', staff.id)), unauthenticated, 'a customer\'s token that names staff');
  t.match(await bank.get('/v1/sessions', await crossed('staff', wang.id)), unauthenticated, 'a staff token that names a customer');
  for (let failure = 0; failure < 3; failure++) await bank.signIn('wang.fang', 'wrong');
  t.match(await bank.signIn('wang.fang'), { status: 429, body: { code: 'too_many_attempts' } });
  t.match(await bank.staffSignIn('wang.fang'), { status: 200 }, 'who has the same name on the other side is not locked out with them');
});

t.test('sessions are seen and ended, by themselves and by staff', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang');
  const li = await bank.customer('li.wei');
  t.match(await bank.get('/v1/my/sessions', wang.token), { body: { items: [{ id: wang.session.sessionId, current: true, device: 'a browser', place: '192.0.2.1', proofs: ['pwd', 'otp'] }] } });
  t.match(await bank.del(`/v1/my/sessions/${wang.session.sessionId}`, li.token), { status: 404, body: { code: 'session_not_found' } }, 'not one\'s own');
  const ender = (await bank.hire('the.ender', { permissions: ['self.use', 'sessions.revoke'] }).then(() => bank.staffSignIn('the.ender'))).body.accessToken;
  t.match(await bank.del(`/v1/sessions/${wang.session.sessionId}`, ender), { status: 404, body: { code: 'session_not_found' } }, 'customers\' are ended at the counter');
  t.match(await bank.del(`/v1/customers/${wang.id}/sessions`, li.token), missing);
  t.match(await bank.get('/v1/my', wang.token), { status: 200 }, 'control');
  t.match(await bank.del(`/v1/customers/${wang.id}/sessions`, bank.teller), { status: 200, body: { sessionsEnded: 2 } }, 'that of the password alone too');
  t.match(await bank.get('/v1/my', wang.token), unauthenticated);
  t.match((await bank.toldOf(wang.id)).at(-1), { type: 'SessionRevoked', data: { customerId: wang.id, why: 'ended-by-other' } });
  t.match(await bank.get('/v1/my', li.token), { status: 200 });
  t.match(await bank.post('/v1/my/sign-out', undefined, li.token), { status: 200 });
  t.match(await bank.get('/v1/my', li.token), unauthenticated);
});

t.test('whoever lost the phone begins anew at the counter, and everything else ends', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang');
  t.match(await bank.enrol(await bank.giveCode(wang.id), undefined, 'copper-lantern-valley-58'), { status: 200, body: { sessionsEnded: 2 } }, 'another password');
  t.match(await bank.signIn('wang.fang', 'copper-lantern-valley-58'), { body: { status: 'second-factor', kinds: ['totp'] } }, 'the factors stay');
  t.match(await bank.enrol(await bank.giveCode(wang.id, { removeFactors: true }), 'wang.f', 'basalt-meadow-trumpet-11'), { status: 200 });
  t.match(await bank.signIn('wang.fang', 'basalt-meadow-trumpet-11'), { status: 401 }, 'with another name the one before is none');
  t.match(await bank.signIn('wang.f', 'basalt-meadow-trumpet-11'), { body: { status: 'signed-in', secondFactorMissing: true } });
  t.match(await bank.get('/v1/my', wang.token), unauthenticated);
});

t.test('online only who was verified enrols, and nobody learns who is a customer', async (t) => {
  const bank = await selfServiceBank();
  const wang = person();
  const id = await bank.register(wang);
  const known = { idNumber: wang.idDocument.number, phone: wang.phones[0]! };
  bank.known.push({ ...known, id });
  const begin = (what: object = known) => bank.post('/v1/my/enrolment/online', what);
  const confirm = (enrolment: string, code: string) => bank.post('/v1/my/enrolment/online/confirm', { enrolment, code, username: 'wang.fang', password: CUSTOMER_PASSWORD });
  const unverified = await begin();
  t.match(unverified, { status: 200, body: { enrolment: /^pbc_/, expiresInSeconds: 600 } });
  t.strictSame(bank.sent, [], 'not verified: no code');
  const nobody = await begin({ ...known, idNumber: '110105199005170000' });
  t.match(nobody, { status: 200, body: { enrolment: /^pbc_/, expiresInSeconds: 600 } }, 'the same answer');
  t.match(await confirm(nobody.body.enrolment, '000000'), { status: 401, body: { code: 'sign_in_failed' } });
  bank.verified.add(id);
  const { enrolment } = (await begin()).body;
  t.match(bank.sent, [{ holderId: id, code: /^\d{6}$/ }]);
  const { code } = bank.sent[0]!;
  t.match(await begin(), { status: 429, body: { code: 'too_many_attempts' } }, 'nobody is sent many codes');
  t.match(await confirm(unverified.body.enrolment, code), { status: 401, body: { code: 'sign_in_failed' } }, 'a code opens what it was sent for');
  t.match(await confirm(enrolment, code === '123456' ? '654321' : '123456'), { status: 401, body: { code: 'sign_in_failed' } });
  t.match(await confirm(enrolment, code), { status: 200, body: { status: 'done' } });
  t.match(await confirm(enrolment, code), { status: 401, body: { code: 'challenge_invalid' } }, 'once');
  t.match(await bank.signIn('wang.fang'), { status: 200, body: { secondFactorMissing: true } });
  bank.laterBy(16 * 60_000);
  await begin();
  t.equal(bank.sent.length, 1, 'who enrolled already gets no code: another password is given at the counter');
});

t.test('of whoever is erased sign-in keeps nothing, and nobody else loses anything', async (t) => {
  const bank = await selfServiceBank();
  const [wang, li] = [await bank.customer('wang.fang'), await bank.customer('li.wei')];
  const named = async (id: string) => [...namedCredentials(await stateOf(bank.customers, id))];
  const code = await bank.giveCode(wang.id);
  const ids = await named(wang.id);
  t.equal((await bank.customers.credentials.read(ids)).length, 2, 'control: a password and an app');
  const hook = forgetSignIn(bank.customers, () => bank.clock.now);
  for (let times = 0; times < 2; times++) await hook.erase(wang.id);
  t.strictSame(await bank.customers.credentials.read(ids), []);
  t.strictSame(await bank.customers.sessions.list(wang.id, bank.clock.now), []);
  t.match(await bank.get('/v1/my', wang.token), unauthenticated);
  t.match(await bank.post('/v1/my/sessions/refresh', { refreshToken: wang.session.refreshToken }), { status: 401, body: { code: 'refresh_refused' } });
  t.match(await bank.enrol(code, undefined), { status: 403, body: { code: 'invitation_refused' } });
  t.match(await bank.signIn('wang.fang'), { status: 401, body: { code: 'sign_in_failed' } });
  t.match(await bank.get('/v1/my', li.token), { status: 200 });
});

t.test('whoever may not be processed does not sign in, and is out at once', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang');
  const restrict = (event: CustomerEvent) => bank.parts.records.execute(customerRecord, wang.id, bank.context(), () => accept<CustomerEvent>(event));
  await restrict({ type: 'CustomerRestricted', data: { customerId: wang.id, reason: 'objection' } });
  t.match(await bank.get('/v1/my', wang.token), unauthenticated);
  t.match(await bank.signIn('wang.fang'), { status: 401, body: { code: 'sign_in_failed' } });
  t.match(await bank.post('/v1/my/sessions/refresh', { refreshToken: wang.session.refreshToken }), { status: 401 });
  t.match(await bank.post(`/v1/customers/${wang.id}/enrolment`, {}, bank.teller), { status: 422, body: { code: 'customer_cannot_sign_in' } });
  await restrict({ type: 'CustomerRestrictionLifted', data: { customerId: wang.id, reason: 'withdrawn' } });
  bank.laterBy(1_000);
  t.match(await bank.signIn('wang.fang'), { status: 200 }, 'control: once it is lifted');
});
