import { Secret, TOTP } from 'otpauth';
import t from 'tap';
import { signInBank, type SignInBank } from './testing/sign-in-bank.js';

const failed = { status: 401, body: { code: 'sign_in_failed' } };
const codeAt = (secret: string, at: Date): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });

/** A bank where li.wei has an authenticator app and is signed in. */
async function withApp(options: Parameters<typeof signInBank>[0] = {}) {
  const bank = await signInBank(options);
  const li = await bank.hire('li.wei');
  const session = (await bank.signIn('li.wei')).body;
  const begun = (await bank.post('/v1/factors/totp', { label: 'my phone' }, session.accessToken)).body;
  const confirmed = await bank.post('/v1/factors/totp/confirm', { enrolment: begun.enrolment, code: codeAt(begun.secret, bank.clock.now) }, session.accessToken);
  bank.laterBy(30_000);
  await bank.revocations.read();
  return { bank, li, session, begun, confirmed, code: () => codeAt(begun.secret, bank.clock.now) };
}

const begin = async (bank: SignInBank): Promise<string> => (await bank.signIn('li.wei')).body.challenge;
const prove = (bank: SignInBank, challenge: string, code: string, kind = 'totp') => bank.post('/v1/sign-in/second-factor', { challenge, proof: { kind, code } });

t.test('an app is enrolled once it has shown that it knows the secret', async (t) => {
  const { bank, li, session, begun, confirmed, code } = await withApp();
  t.match(begun, { uri: /^otpauth:\/\/totp\/Passbook:li\.wei\?.*issuer=Passbook/, qrSvg: /^<svg /, secret: /^[A-Z2-7]{32}$/ });
  t.match(confirmed, { status: 201, body: { id: /-/ } });
  t.match(await bank.get('/v1/factors', session.accessToken), { body: { items: [{ id: confirmed.body.id, kind: 'totp', label: 'my phone' }] } });
  const wanted = await bank.signIn('li.wei');
  t.match(wanted, { status: 200, body: { status: 'second-factor', kinds: ['totp'] } });
  t.notOk('accessToken' in wanted.body || 'refreshToken' in wanted.body);
  t.equal((await bank.get('/v1/sessions', wanted.body.challenge)).status, 401, 'the challenge opens nothing by itself');
  const inside = await prove(bank, wanted.body.challenge, code());
  t.match(inside, { status: 200, body: { status: 'signed-in' } });
  t.match((await bank.told(li.id)).at(-1), { type: 'SignedIn', data: { proofs: ['pwd', 'otp'] } });
  const again = (await bank.post('/v1/factors/totp', {}, session.accessToken)).body;
  t.match(await bank.post('/v1/factors/totp/confirm', { enrolment: again.enrolment, code: '000000' }, session.accessToken), failed, 'an app that does not know it');
  const mallory = await bank.hire('mallory').then(() => bank.signIn('mallory'));
  t.match(await bank.post('/v1/factors/totp/confirm', { enrolment: again.enrolment, code: codeAt(again.secret, bank.clock.now) }, mallory.body.accessToken), { status: 401, body: { code: 'challenge_invalid' } }, 'somebody else\'s enrolment');
});

t.test('a code is good once', async (t) => {
  const { bank, code } = await withApp();
  const [a, b] = [await begin(bank), await begin(bank)];
  t.equal((await prove(bank, a, code())).status, 200);
  t.match(await prove(bank, b, code()), failed, 'replayed in another sign-in');
  t.match(await prove(bank, a, code()), { status: 401, body: { code: 'challenge_invalid' } }, 'the challenge is spent');
  bank.laterBy(60_000);
  const c = await begin(bank);
  const answers = await Promise.all([1, 2, 3].map(async () => prove(bank, c, code())));
  t.equal(answers.filter(({ status }) => status === 200).length, 1, 'of several at once one gets in');
});

t.test('codes of a step before and after are accepted, others are not', async (t) => {
  const { bank, begun } = await withApp();
  bank.laterBy(600_000);
  for (const [steps, status] of [[-2, 401], [2, 401], [-1, 200], [1, 200]] as const)
    t.equal((await prove(bank, await begin(bank), codeAt(begun.secret, new Date(bank.clock.now.getTime() + steps * 30_000)))).status, status, `${steps} steps`);
  t.equal((await prove(bank, await begin(bank), codeAt(begun.secret, bank.clock.now))).status, 401, 'what lies before the last one used is spent with it');
});

t.test('guessing codes is stopped, and a new challenge does not help', async (t) => {
  const { bank, li, code } = await withApp();
  const statuses = [];
  for (let n = 0; n < 12; n++) statuses.push((await prove(bank, await begin(bank), String(n).padStart(6, '0'))).status);
  t.strictSame(statuses.slice(0, 3), [401, 401, 401]);
  t.ok(statuses.slice(3).every((status) => status === 429));
  for (let n = 3; n < 5; n++) {
    bank.laterBy(1_000 * 2 ** (n - 3));
    t.equal((await prove(bank, await begin(bank), '000000')).status, 401);
  }
  bank.laterBy(60_000);
  t.equal((await prove(bank, await begin(bank), code())).status, 429, 'five: not even the right one');
  t.match((await bank.told(li.id)).at(-1), { type: 'LockedOut' });
  bank.laterBy(15 * 60_000);
  t.equal((await prove(bank, await begin(bank), code())).status, 200);
});

t.test('recovery codes', async (t) => {
  const { bank, li, session } = await withApp();
  const given = await bank.post('/v1/factors/recovery-codes', undefined, session.accessToken);
  t.match(given, { status: 201 });
  const { codes } = given.body as { codes: string[] };
  t.equal(new Set(codes).size, 10);
  t.ok(codes.every((code) => /^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/.test(code)));
  t.equal((await prove(bank, await begin(bank), codes[0]!, 'recovery-codes')).status, 200);
  t.match(await prove(bank, await begin(bank), codes[0]!, 'recovery-codes'), failed, 'twice');
  t.equal((await prove(bank, await begin(bank), codes[1]!.toUpperCase().replaceAll('-', ' '), 'recovery-codes')).status, 200, 'however it is typed');
  t.match((await bank.told(li.id)).filter(({ type }) => type === 'RecoveryCodeUsed'), [{ data: { left: 9 } }, { data: { left: 8 } }]);
  t.match((await bank.get('/v1/factors', session.accessToken)).body.items, [{ kind: 'totp' }, { kind: 'recovery-codes', left: 8 }]);
  await bank.post('/v1/factors/recovery-codes', undefined, session.accessToken);
  t.match(await prove(bank, await begin(bank), codes[2]!, 'recovery-codes'), failed, 'new ones make the old ones void');
  t.equal((await bank.get('/v1/factors', session.accessToken)).body.items.length, 2);
});

t.test('codes by message', async (t) => {
  const bank = await signInBank();
  await bank.hire('li.wei');
  const session = (await bank.signIn('li.wei')).body;
  const { enrolment } = (await bank.post('/v1/factors/message', undefined, session.accessToken)).body;
  const wrong = bank.sent[0]!.code === '000000' ? '000001' : '000000';
  t.match(await bank.post('/v1/factors/message/confirm', { enrolment, code: wrong }, session.accessToken), failed);
  t.equal((await bank.post('/v1/factors/message/confirm', { enrolment, code: bank.sent[0]!.code }, session.accessToken)).status, 201);
  const challenge = await begin(bank);
  t.match(await prove(bank, challenge, bank.sent[0]!.code, 'message'), failed, 'the code of the enrolment serves nothing else');
  for (let n = 0; n < 3; n++) t.equal((await bank.post('/v1/sign-in/second-factor/message', { challenge })).status, 200);
  t.equal((await bank.post('/v1/sign-in/second-factor/message', { challenge })).status, 429, 'three for one sign-in');
  t.equal(bank.sent.length, 4);
  if (bank.sent[1]!.code !== bank.sent[3]!.code) t.match(await prove(bank, challenge, bank.sent[1]!.code, 'message'), failed, 'the last one counts');
  t.equal((await prove(bank, challenge, bank.sent[3]!.code, 'message')).status, 200);
  t.match(await prove(bank, await begin(bank), bank.sent[3]!.code, 'message'), failed, 'not in another sign-in');
});

t.test('a challenge is over when its time is, or its password', async (t) => {
  const { bank, session, code } = await withApp();
  const over = await begin(bank);
  bank.laterBy(5 * 60_000);
  await bank.revocations.read();
  t.match(await prove(bank, over, code()), { status: 401, body: { code: 'challenge_invalid' } });
  const changed = await begin(bank);
  const { accessToken } = (await bank.post('/v1/sessions/refresh', { refreshToken: session.refreshToken })).body;
  t.equal((await bank.post('/v1/password', { current: 'walnut-ferry-quartz-31', password: 'copper-lantern-77-drift' }, accessToken)).status, 200);
  t.match(await prove(bank, changed, code()), { status: 401, body: { code: 'challenge_invalid' } }, 'whoever knew the old password');
});

t.test('where two are required, one lets in to enrol the second and no further', async (t) => {
  const bank = await signInBank({ secondFactor: 'required' });
  await bank.hire('li.wei', { permissions: ['self.use', 'sessions.revoke'] });
  await bank.hire('victim');
  const victim = (await bank.signIn('victim')).body;
  const [half, elsewhere] = [(await bank.signIn('li.wei')).body, (await bank.signIn('li.wei')).body];
  t.equal((await bank.get('/v1/sessions', half.accessToken)).status, 200);
  t.equal((await bank.del(`/v1/sessions/${victim.sessionId}`, half.accessToken)).status, 404, 'a right of the role that a password alone does not give');
  const begun = (await bank.post('/v1/factors/totp', {}, half.accessToken)).body;
  const { body: { id } } = await bank.post('/v1/factors/totp/confirm', { enrolment: begun.enrolment, code: codeAt(begun.secret, bank.clock.now) }, half.accessToken);
  t.equal((await bank.get('/v1/sessions', elsewhere.accessToken)).status, 401, 'sessions elsewhere with the password alone end');
  const whole = (await bank.post('/v1/sessions/refresh', { refreshToken: half.refreshToken })).body;
  t.equal((await bank.del(`/v1/sessions/${victim.sessionId}`, whole.accessToken)).status, 200, 'two now');
  t.match(await bank.del(`/v1/factors/${id}`, whole.accessToken), { status: 422, body: { code: 'last_factor' } });
});

t.test('factors are changed only by who signed in just now', async (t) => {
  const { bank, session, confirmed } = await withApp();
  bank.laterBy(10 * 60_000);
  await bank.revocations.read();
  const { accessToken } = (await bank.post('/v1/sessions/refresh', { refreshToken: session.refreshToken })).body;
  const old = { status: 403, body: { code: 'recent_sign_in_required' } };
  t.match(await bank.post('/v1/factors/totp', {}, accessToken), old);
  t.match(await bank.post('/v1/factors/recovery-codes', undefined, accessToken), old);
  t.match(await bank.del(`/v1/factors/${confirmed.body.id}`, accessToken), old);
  t.equal((await bank.get('/v1/factors', accessToken)).body.items.length, 1);
});

t.test('no secret is in the log of the bank, nor in that of the program', async (t) => {
  const { bank, li, session, begun, code } = await withApp();
  const { codes } = (await bank.post('/v1/factors/recovery-codes', undefined, session.accessToken)).body;
  const challenge = await begin(bank);
  const inside = (await prove(bank, challenge, code())).body;
  await bank.signIn('li.wei', 'a wrong password of somebody');
  await bank.post('/v1/sign-in', { username: 'li.wei', password: 7, evil: 'walnut-ferry-quartz-31' });
  await bank.post('/v1/password', { current: 'walnut-ferry-quartz-31', password: 'copper-lantern-77-drift' }, inside.accessToken);
  await bank.get(`/v1/sessions?token=${inside.accessToken}`);
  const stored: string[] = [];
  for await (const { type, data, metadata } of bank.store.readStream(`signin-${li.id}`)) stored.push(type, JSON.stringify(data), JSON.stringify(metadata));
  const program = bank.logged.join('\n');
  t.match(program, /\/v1\/sign-in/, 'control: requests are logged');
  t.match(stored.join('\n'), /SignedIn/, 'control');
  const secrets = [
    'walnut-ferry', 'copper-lantern', 'a wrong password', begun.secret, begun.enrolment, challenge, inside.accessToken, inside.refreshToken, session.accessToken, session.refreshToken, '$argon2', ...(codes as string[]),
  ];
  for (const secret of secrets) for (const [where, text] of [['events', stored.join('\n')], ['program', program]] as const) t.notOk(text.includes(secret), `${secret.slice(0, 12)}… in ${where}`);
  t.notOk(stored.join('\n').includes('192.0.2.1'), 'addresses are sealed');
});
