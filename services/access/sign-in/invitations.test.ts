import { randomUUID } from 'node:crypto';
import t from 'tap';
import { PASSWORD, signInBank } from './testing/sign-in-bank.js';

const NEW = 'copper-lantern-valley-58';
const refused = { status: 403, body: { code: 'invitation_refused' } };

/** An administrator who is signed in, and somebody hired who has no password yet. */
async function invitingBank() {
  const bank = await signInBank();
  const boss = await bank.hire('the.boss', { permissions: ['self.use', 'access.administer'] });
  const token = (await bank.signIn('the.boss')).body.accessToken as string;
  const id = randomUUID();
  bank.people.set(id, { id, username: 'new.teller', role: 'teller', rights: { ...(await bank.parts.directory.rightsOf(boss.id, bank.clock.now))!, holder: id } });
  const invite = (staffId: string = id, by: string | undefined = token, headers?: Record<string, string>) => bank.post(`/v1/staff/${staffId}/invitation`, undefined, by, headers);
  const accept = (invitation: string, password = NEW) => bank.post('/v1/invitations', { token: invitation, password });
  return { ...bank, boss, bossToken: token, id, invite, accept };
}

t.test('somebody new sets the first password, once', async (t) => {
  const bank = await invitingBank();
  t.match(await bank.signIn('new.teller', NEW), { status: 401 });
  const invited = await bank.invite();
  t.match(invited, { status: 201, body: { token: /^pbc_/, why: 'first', sent: true, expiresAt: '2025-03-02T08:00:00.000Z' } });
  const { token } = invited.body;
  t.strictSame(bank.sent, [{ holderId: bank.id, code: token }], 'sent through the port');
  t.match(await bank.accept(token, 'password1234'), { status: 422, body: { code: 'password_weak' } });
  t.match(await bank.accept(token, 'new.teller-new.teller'), { status: 422, body: { code: 'password_weak' } }, 'and a weak one costs nothing');
  t.match(await bank.accept(token), { status: 200, body: { status: 'done', sessionsEnded: 0 } });
  t.match(await bank.signIn('new.teller', NEW), { status: 200 });
  bank.work.hashed = bank.work.compared = 0;
  t.match(await bank.accept(token, PASSWORD), refused, 'a second time');
  t.match(await bank.accept(`pbc_${'A'.repeat(43)}`), refused, 'one that was never given');
  t.strictSame(bank.work, { compared: 0, hashed: 0 }, 'what is refused costs no work');
  t.match(await bank.told(bank.id), [{ type: 'SignInFailed' }, { type: 'Invited', data: { why: 'first' } }, { type: 'PasswordSet', data: { why: 'first' } }, { type: 'SignedIn' }]);
  t.notOk(bank.logged.join('').includes(token), 'in no log line');
});

t.test('a reset ends every session and keeps to the rules of passwords', async (t) => {
  const bank = await invitingBank();
  await bank.accept((await bank.invite()).body.token);
  const sessions = [(await bank.signIn('new.teller', NEW)).body, (await bank.signIn('new.teller', NEW)).body];
  const { token, why } = (await bank.invite()).body;
  t.equal(why, 'reset');
  t.equal((await bank.get('/v1/sessions', sessions[0].accessToken)).status, 200, 'nothing ends before it is used');
  t.match(await bank.accept(token, NEW), { status: 422, body: { code: 'password_used_before' } });
  t.match(await bank.accept(token, PASSWORD), { status: 200, body: { sessionsEnded: 2 } });
  for (const { accessToken, refreshToken } of sessions) {
    t.equal((await bank.get('/v1/sessions', accessToken)).status, 401);
    t.equal((await bank.post('/v1/sessions/refresh', { refreshToken })).status, 401);
  }
  t.equal((await bank.signIn('new.teller', NEW)).status, 401, 'the old password');
  t.equal((await bank.signIn('new.teller', PASSWORD)).status, 200);
  t.equal((await bank.get('/v1/sessions', bank.bossToken)).status, 200, 'control: sessions of others go on');
});

t.test('an invitation is over after a day, with the next one, with a password set otherwise, and with the person', async (t) => {
  const bank = await invitingBank();
  const [first, second] = [(await bank.invite()).body.token, (await bank.invite()).body.token];
  t.match(await bank.accept(first), refused, 'the next one voids it');
  bank.laterBy(24 * 3_600_000);
  await bank.revocations.read();
  t.match(await bank.accept(second), refused, 'a day later');
  const boss = (await bank.signIn('the.boss')).body.accessToken;
  const third = (await bank.invite(bank.id, boss)).body.token;
  t.match(await Promise.all([bank.accept(third), bank.accept(third, PASSWORD)]).then((answers) => answers.map(({ status }) => status === 200).sort()), [false, true], 'of two at once one sets it');
  const person = bank.people.get(bank.id)!;
  const fourth = (await bank.invite(bank.id, boss)).body.token;
  bank.people.delete(bank.id);
  t.match(await bank.accept(fourth, 'marble-orchid-station-93'), refused, 'suspended or gone');
  t.match(await bank.invite(bank.id, boss), { status: 404, body: { code: 'holder_not_found' } });
  bank.people.set(bank.id, person);
  t.match(await bank.accept(fourth, 'marble-orchid-station-93'), { status: 200 }, 'control: it was good but for that');
});

t.test('who may invite whom', async (t) => {
  const bank = await invitingBank();
  await bank.hire('mallory');
  const mallory = (await bank.signIn('mallory')).body.accessToken;
  t.match(await bank.invite(bank.id, mallory), { status: 403, body: { code: 'permission_missing' } });
  t.match(await bank.invite(bank.boss.id, mallory), { status: 403, body: { code: 'permission_missing' } });
  t.match(await bank.invite(bank.boss.id), { status: 403, body: { code: 'own_invitation' } }, 'not oneself');
  t.match(await bank.invite(bank.boss.id.toUpperCase()), { status: 403, body: { code: 'own_invitation' } });
  t.match(await bank.invite(randomUUID()), { status: 404, body: { code: 'holder_not_found' } });
  t.match(await bank.post(`/v1/staff/${bank.id}/invitation`), { status: 401 });
  t.strictSame(bank.sent, [], 'nothing was sent');
  t.strictSame(await bank.told(bank.id), []);
  // A token of another kind, and another's id beside it, open nothing.
  const link = await bank.parts.challenges.open({ kind: 'first-administrator' }, new Date(bank.clock.now.getTime() + 1_000));
  t.match(await bank.accept(link), refused);
  t.match(await bank.post('/v1/invitations', { token: (await bank.invite()).body.token, password: NEW, staffId: bank.boss.id }), { status: 400 });
  t.match(await bank.signIn('the.boss'), { status: 200 }, 'control: the administrator\'s password is as it was');
});
