import t from 'tap';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import { accept } from '../../shared/kernel/decision.js';
import { stateOf } from '../access/sign-in/standing.js';
import { namedCredentials } from '../access/sign-in/state.js';
import { customerRecord } from '../customers/state.js';
import { person } from '../customers/testing/people.js';
import { forgetSignIn } from './forgetting.js';
import { CUSTOMER_PASSWORD, selfServiceBank } from './testing/self-service-bank.js';

const unauthenticated = { status: 401, body: { code: 'unauthenticated' } };

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
  const happen = (event: CustomerEvent) => bank.parts.records.execute(customerRecord, wang.id, bank.context(), () => accept<CustomerEvent>(event));
  await happen({ type: 'CustomerRestricted', data: { customerId: wang.id, reason: 'objection' } });
  t.match(await bank.get('/v1/my', wang.token), unauthenticated);
  t.match(await bank.signIn('wang.fang'), { status: 401, body: { code: 'sign_in_failed' } });
  t.match(await bank.post('/v1/my/sessions/refresh', { refreshToken: wang.session.refreshToken }), { status: 401 });
  t.match(await bank.post(`/v1/customers/${wang.id}/enrolment`, {}, bank.teller), { status: 422, body: { code: 'customer_cannot_sign_in' } });
  await happen({ type: 'CustomerRestrictionLifted', data: { customerId: wang.id, reason: 'withdrawn' } });
  bank.laterBy(1_000);
  t.match(await bank.signIn('wang.fang'), { status: 200 }, 'control: once it is lifted');
  const merge = { customerId: wang.id, mergeId: '0198a7c2-0000-7000-8000-00000000003e', into: '0198a7c2-0000-7000-8000-000000000001' };
  await happen({ type: 'CustomerMerged', data: merge });
  t.match(await bank.signIn('wang.fang'), { status: 401 }, 'nor does a record that is another one\'s now');
  await happen({ type: 'CustomerUnmerged', data: merge });
  bank.laterBy(1_000);
  t.match(await bank.signIn('wang.fang'), { status: 200 });
});
