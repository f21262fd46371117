import t from 'tap';
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
