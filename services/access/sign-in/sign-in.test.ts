import { randomUUID } from 'node:crypto';
import t from 'tap';
import { PASSWORD, signInBank } from './testing/sign-in-bank.js';

const failed = { status: 401, body: { code: 'sign_in_failed' } };
const locked = { status: 429, body: { code: 'too_many_attempts' } };

t.test('who is not there is answered like who is, after the same work', async (t) => {
  const bank = await signInBank();
  const li = await bank.hire('li.wei');
  const nobody = randomUUID();
  bank.people.set(nobody, { id: nobody, username: 'no.password', role: 'teller', rights: (await bank.parts.directory.rightsOf(li.id, bank.clock.now))! });
  const answers = [];
  for (const [username, password] of [['li.wei', 'wrong-wrong-wrong'], ['no.such.person', PASSWORD], ['no.password', PASSWORD]] as const) {
    bank.work.compared = bank.work.hashed = 0;
    const { status, body, headers } = await bank.signIn(username, password);
    t.match({ status, body }, failed, username);
    t.strictSame(bank.work, { compared: 1, hashed: 0 }, `${username}: one comparison`);
    answers.push(JSON.stringify({ status, body: { ...body, instance: '' }, headers: Object.keys(headers).sort(), length: headers['content-length'] }));
  }
  t.equal(new Set(answers).size, 1, 'the same answer to the letter');
  bank.work.compared = 0;
  t.match(await bank.signIn('li.wei'), { status: 200, body: { status: 'signed-in' } });
  t.equal(bank.work.compared, 1);
  t.match(await bank.signIn(' LI.Wei '), { status: 200 }, 'however the name is written');
  t.match((await bank.told(li.id)).map(({ type }) => type), ['PasswordSet', 'SignInFailed', 'SignedIn', 'SignedIn']);
});

t.test('guessing is stopped, for names that nobody has as well', async (t) => {
  const bank = await signInBank();
  const li = await bank.hire('li.wei');
  for (const username of ['li.wei', 'no.such.person']) {
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await bank.signIn(username, 'wrong')).status);
    t.strictSame(statuses, [401, 401, 401, 429, 429], username);
  }
  const waiting = await bank.signIn('li.wei');
  t.match(waiting, locked, 'the right password must wait too');
  t.equal(waiting.headers['retry-after'], '1');
  t.equal(bank.work.compared, 6, 'what is refused costs no work');
  bank.laterBy(1_000);
  for (let failures = 4; failures <= 10; failures++) {
    t.match(await bank.signIn('li.wei', 'wrong'), failed);
    bank.laterBy(1_000 * 2 ** (failures - 3));
    await bank.revocations.read();
  }
  const until = await bank.signIn('li.wei');
  t.match(until, locked, 'locked');
  t.match((await bank.told(li.id)).slice(-2), [{ type: 'SignInFailed', data: { failures: 10 } }, { type: 'LockedOut', data: { from: { address: '192.0.2.1' } } }]);
  t.equal((await bank.told(li.id)).filter(({ type }) => type === 'SignInFailed').length, 10, 'no more events than attempts let through');
  bank.laterBy(Number(until.headers['retry-after']) * 1_000 + 128_000);
  t.match(await bank.signIn('li.wei'), { status: 200 });
});

t.test('many guesses at once get no further than one after the other', async (t) => {
  const bank = await signInBank();
  await bank.hire('li.wei');
  const statuses = (await Promise.all(Array.from({ length: 30 }, (_, n) => bank.signIn('li.wei', n === 29 ? PASSWORD : `wrong ${n}`)))).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 429).length, 27);
  t.notOk(statuses.includes(200));
});

t.test('one source that tries many names is stopped', async (t) => {
  const bank = await signInBank();
  await bank.hire('li.wei');
  for (let n = 0; n < 100; n++) t.equal((await bank.signIn(`name.${n}`, 'wrong')).status, 401);
  t.match(await bank.signIn('li.wei'), locked);
});

t.test('malformed and oversized', async (t) => {
  const bank = await signInBank();
  const li = await bank.hire('li.wei');
  bank.work.compared = 0;
  for (const body of [
    { username: 'li.wei', password: 'x'.repeat(129) }, { username: 'li.wei', password: '' }, { username: 'x'.repeat(65), password: 'x' }, { username: 'li.wei' }, { username: ['li.wei'], password: PASSWORD },
    { username: 'li.wei', password: { $ne: '' } }, { username: 'li.wei', password: PASSWORD, sessionId: randomUUID() }, { username: 'li.wei', password: PASSWORD, role: 'administrator' },
  ]) t.match(await bank.post('/v1/sign-in', body), { status: 400, body: { code: 'request_invalid' } }, JSON.stringify(body).slice(0, 60));
  t.match(await bank.post('/v1/sign-in', { username: 'li.wei', password: 'x'.repeat(2_000_000) }), { status: 413 });
  t.equal(bank.work.compared, 0, 'none of it was worth any work');
  t.match(await bank.signIn("li.wei' OR '1'='1", PASSWORD), failed);
  t.match(await bank.signIn('li.wei', `${PASSWORD}\u0000`.slice(0, -1)), { status: 200 });
  t.equal((await bank.told(li.id)).filter(({ type }) => type === 'SignedIn').length, 1);
});

t.test('nobody chooses a session for somebody else', async (t) => {
  const bank = await signInBank();
  await bank.hire('li.wei');
  const mallory = await bank.hire('mallory');
  const hers = (await bank.signIn('mallory')).body;
  const his = await bank.post('/v1/sign-in', { username: 'li.wei', password: PASSWORD }, hers.accessToken, { cookie: `sid=${hers.sessionId}`, 'x-session-id': hers.sessionId });
  t.equal(his.status, 200);
  t.not(his.body.sessionId, hers.sessionId);
  t.equal(his.headers['set-cookie'], undefined);
  t.strictSame((await bank.get('/v1/sessions', hers.accessToken)).body.items.map(({ id }: { id: string }) => id), [hers.sessionId], 'hers are still only hers');
  t.match(await bank.del(`/v1/sessions/${his.body.sessionId}`, hers.accessToken), { status: 404, body: { code: 'session_not_found' } }, 'and she cannot end his');
  t.match(await bank.del(`/v1/sessions/${randomUUID()}`, hers.accessToken), { status: 404, body: { code: 'session_not_found' } });
  t.equal((await bank.get('/v1/sessions', his.body.accessToken)).status, 200);
  await bank.hire('admin', { permissions: ['self.use', 'sessions.revoke'] });
  const admin = (await bank.signIn('admin')).body;
  t.equal((await bank.del(`/v1/sessions/${hers.sessionId}`, admin.accessToken)).status, 200);
  t.equal((await bank.get('/v1/sessions', hers.accessToken)).status, 401);
  t.match((await bank.told(mallory.id)).at(-1), { type: 'SessionRevoked', data: { why: 'ended-by-other' } });
});

t.test('a new password', async (t) => {
  const bank = await signInBank();
  const li = await bank.hire('li.wei');
  const [here, elsewhere] = [(await bank.signIn('li.wei')).body, (await bank.signIn('li.wei')).body];
  const change = (current: string, password: string) => bank.post('/v1/password', { current, password }, here.accessToken);
  t.match(await change(PASSWORD, 'short'), { status: 400, body: { errors: [{ pointer: '/password', code: 'too_short' }] } });
  t.match(await change(PASSWORD, 'x'.repeat(129)), { status: 400 });
  for (const weak of ['qwertyuiopasdf', 'aaaaaaaaaaaaaaaa', '123456789012', 'li.wei.li.wei.li.wei', 'passwordpassword', 'iloveyou12345'])
    t.match(await change(PASSWORD, weak), { status: 422, body: { code: 'password_weak' } }, weak);
  t.match(await change('wrong', 'copper-lantern-77-drift'), failed, 'whoever found the screen unlocked does not know it');
  t.match(await change(PASSWORD, PASSWORD), { status: 422, body: { code: 'password_used_before' } });
  t.match(await change(PASSWORD, 'copper-lantern-77-drift'), { status: 200, body: { sessionsEnded: 1 } });
  t.equal((await bank.get('/v1/sessions', elsewhere.accessToken)).status, 401);
  t.equal((await bank.get('/v1/sessions', here.accessToken)).status, 200);
  t.match(await bank.signIn('li.wei'), failed);
  t.match(await bank.signIn('li.wei', 'copper-lantern-77-drift'), { status: 200 });
  let current = 'copper-lantern-77-drift';
  for (let n = 0; n < 4; n++) {
    const next = `granite-${n}-marsh-telescope-${n}`;
    t.match(await change(current, PASSWORD), { status: 422, body: { code: 'password_used_before' } }, `remembered: ${n + 1} since`);
    t.equal((await change(current, next)).status, 200);
    current = next;
  }
  t.equal((await change(current, PASSWORD)).status, 200, 'five later it may come back');
  t.equal((await bank.told(li.id)).filter(({ type }) => type === 'PasswordSet').length, 7);
});

t.test('the first administrator', async (t) => {
  const { firstAdministratorToken } = await import('./first-administrator.js');
  const bank = await signInBank();
  const link = () => firstAdministratorToken(bank.parts, bank.first, bank.clock.now);
  const old = (await link())!;
  const token = (await link())!;
  const ask = (changes: object = {}) => bank.post('/v1/first-administrator', { token, username: 'chen.jie', name: 'Chen Jie', password: PASSWORD, ...changes });
  const refused = { status: 403, body: { code: 'first_administrator_refused' } };
  t.match(await ask({ token: old }), refused, 'a later start makes the link of an earlier one void');
  t.match(await ask({ token: 'pbc_guessed' }), refused);
  t.match(await ask({ password: 'qwertyuiopasdf' }), { status: 422, body: { code: 'password_weak' } }, 'costs nothing');
  t.match(await ask(), { status: 201, body: { id: /-/ } });
  t.match(await ask({ username: 'mallory' }), refused, 'once');
  t.equal(bank.administrators.length, 1);
  t.match(await bank.signIn('chen.jie'), { status: 200 });
  t.equal(await link(), undefined, 'there is an administrator now');
  const late = await signInBank();
  const slow = (await firstAdministratorToken(late.parts, late.first, late.clock.now))!;
  late.laterBy(24 * 3_600_000);
  t.match(await late.post('/v1/first-administrator', { token: slow, username: 'chen.jie', name: 'Chen Jie', password: PASSWORD }), refused, 'a day');
});
