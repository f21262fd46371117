import t from 'tap';
import { everythingClear } from '../../shared/access/data-classes.js';
import { defaultOwnChanges } from '../../shared/access/own-changes.js';
import { customerRecord } from '../customers/state.js';
import { person } from '../customers/testing/people.js';
import { selfServiceBank } from './testing/self-service-bank.js';

const NEW = '+8613900001111';
const failed = { status: 401, body: { code: 'sign_in_failed' } };
const invalid = { status: 401, body: { code: 'challenge_invalid' } };
const other = (code: string): string => (code === '123456' ? '654321' : '123456');

async function bankWithWang(options: Parameters<typeof selfServiceBank>[0] = {}) {
  const bank = await selfServiceBank(options);
  const wang = await bank.customer('wang.fang', { ...person(), email: 'old@example.com' });
  const [old] = await phonesOf();
  let token = await wang.stepUp();
  async function phonesOf(id = wang.id): Promise<string[]> {
    const { state } = (await bank.parts.records.load(customerRecord, id))!;
    return state.status === 'active' ? [...(state.profile.phones ?? [])] : [];
  }
  const emailOf = async () => {
    const { state } = (await bank.parts.records.load(customerRecord, wang.id))!;
    return state.status === 'active' ? state.profile.email : undefined;
  };
  return {
    ...bank, wang, old: old!, phonesOf, emailOf,
    async stepUpAgain() {
      token = await wang.stepUp();
    },
    begin: (what: object = { phone: NEW }, as?: string) => bank.post('/v1/my/contact', what, as ?? token),
    confirm: (confirmation: string, code: string, what: object = { phone: NEW }, as?: string) => bank.post('/v1/my/contact/confirm', { confirmation, code, ...what }, as ?? token),
    patch: (body: object, as?: string) => bank.send('PATCH', `/v1/customers/${wang.id}`, body, as ?? token, { 'if-match': '*' }),
    last: () => bank.sent.at(-1)!,
  };
}

t.test('a new phone counts once the code sent to it came back; those on record are told', async (t) => {
  const bank = await bankWithWang();
  const { wang, old } = bank;
  t.match(await bank.begin({ phone: NEW }, wang.token), { status: 403, body: { code: 'step_up_required' } });
  const begun = await bank.begin();
  t.match(begun, { status: 200, body: { confirmation: /^pbc_/, expiresInSeconds: 600 } });
  t.match(bank.last(), { holderId: wang.id, address: { phone: NEW }, code: /^\d{6}$/ }, 'to the new one');
  t.same(bank.notices, [{ notice: 'contact-change-asked', phone: old }, { notice: 'contact-change-asked', email: 'old@example.com' }]);
  t.same(await bank.phonesOf(), [old], 'it is not on record');
  const { code } = bank.last();
  const { confirmation } = begun.body;
  t.match(await bank.confirm(confirmation, code, { phone: NEW }, wang.token), { status: 403, body: { code: 'step_up_required' } });
  t.match(await bank.confirm(confirmation, code), { status: 200, body: { id: wang.id } });
  t.same(await bank.phonesOf(), [NEW, old], 'where codes go from now on');
  t.same(bank.notices.slice(2), [{ notice: 'contact-changed', phone: old }, { notice: 'contact-changed', email: 'old@example.com' }]);
  t.match(await bank.confirm(confirmation, code), invalid, 'once');
  t.match((await bank.get(`/v1/customers/${wang.id}/history`, bank.teller)).body.items.at(-1), { type: 'CustomerUpdated', actor: { id: wang.id, role: 'customer' } });
  t.match(await bank.patch({ phones: [NEW] }), { status: 200 }, 'what is on record may go');
  t.same(await bank.phonesOf(), [NEW]);
  const said = bank.logged.join('');
  t.notOk(said.includes(NEW) || said.includes(code), 'neither is in the log of the program');
});

t.test('a new mailbox as well', async (t) => {
  const bank = await bankWithWang();
  const { confirmation } = (await bank.begin({ email: 'new@example.com' })).body;
  t.match(bank.last(), { address: { email: 'new@example.com' } });
  t.match(await bank.confirm(confirmation, bank.last().code, { email: 'new@example.com' }), { status: 200 });
  t.equal(await bank.emailOf(), 'new@example.com');
  t.match(await bank.patch({ email: null }), { status: 200 });
  t.equal(await bank.emailOf(), undefined);
});

t.test('no other way: what is new is refused in a change of the own record, whatever stands beside it', async (t) => {
  const bank = await bankWithWang();
  const { old } = bank;
  t.match(await bank.patch({ phones: [old, NEW], email: 'new@example.com', occupation: 'painter' }), {
    status: 422, body: { code: 'contact_unconfirmed', errors: [{ pointer: '/phones/1', code: 'contact_unconfirmed' }, { pointer: '/email', code: 'contact_unconfirmed' }] },
  });
  t.match(await bank.patch({ phones: ['nonsense'] }), { status: 400 }, 'after what is wrong in itself');
  t.match(await bank.patch({ phones: [old], email: 'old@example.com', occupation: 'painter' }), { status: 200 }, 'what is there may be said again');
  const teller = [...bank.people.values()].find(({ username }) => username === 'the.teller')!;
  bank.people.set(teller.id, { ...teller, rights: { ...teller.rights, views: everythingClear } });
  t.match(await bank.send('PATCH', `/v1/customers/${bank.wang.id}`, { phones: [NEW], email: 'new@example.com' }, bank.teller, { 'if-match': '*' }), { status: 200 }, 'control: staff have seen who it is');
});

t.test('a code is good for its address, its person and its session, for ten minutes, and only the last one', async (t) => {
  const bank = await bankWithWang();
  const li = await bank.customer('li.wei');
  const liStepped = await li.stepUp();
  await bank.stepUpAgain();
  const first = (await bank.begin()).body.confirmation;
  const { code } = bank.last();
  t.match(await bank.confirm(first, code, { phone: '+8613900002222' }), failed, 'another address');
  t.match(await bank.confirm(first, code, { email: 'new@example.com' }), failed);
  t.match(await bank.confirm(first, code, { phone: NEW }, liStepped), invalid, 'another person');
  const second = (await bank.begin()).body.confirmation;
  t.match(await bank.confirm(first, code), invalid, 'the next one voids it');
  t.match(await bank.confirm(`pbc_${'A'.repeat(43)}`, code), invalid);
  const again = bank.last().code;
  const app = async () => {
    bank.laterBy(30_000);
    await bank.revocations.read();
    return { kind: 'totp', code: bank.wang.code() };
  };
  const stepped = async (token: string): Promise<string> => {
    const { challenge } = (await bank.post('/v1/my/step-up', undefined, token)).body;
    return (await bank.post('/v1/my/step-up/confirm', { challenge, proof: await app() }, token)).body.accessToken;
  };
  const { challenge } = (await bank.signIn('wang.fang')).body;
  const elsewhere = await stepped((await bank.post('/v1/my/sign-in/second-factor', { challenge, proof: await app() })).body.accessToken);
  t.ok(elsewhere);
  t.match(await bank.confirm(second, again, { phone: NEW }, elsewhere), invalid, 'another session');
  bank.laterBy(10 * 60_000);
  await bank.revocations.read();
  const refreshed = (await bank.post('/v1/my/sessions/refresh', { refreshToken: bank.wang.session.refreshToken })).body.accessToken;
  t.match(await bank.confirm(second, again, { phone: NEW }, await stepped(refreshed)), invalid, 'too late');
  t.same(await bank.phonesOf(), [bank.old]);
});

t.test('guessing is stopped, like that of second factors, and nobody is sent many codes', async (t) => {
  const bank = await bankWithWang();
  const { confirmation } = (await bank.begin()).body;
  const { code } = bank.last();
  for (let wrong = 0; wrong < 3; wrong++) t.match(await bank.confirm(confirmation, other(code)), failed);
  t.match(await bank.confirm(confirmation, code), { status: 429, body: { code: 'too_many_attempts' } }, 'the right one too');
  for (let wrong = 3; wrong < 5; wrong++) {
    bank.laterBy(10_000);
    await bank.revocations.read();
    t.match(await bank.confirm(confirmation, other(code)), failed);
  }
  bank.laterBy(60_000);
  await bank.revocations.read();
  t.match(await bank.confirm(confirmation, code), { status: 429 }, 'five tries in a quarter of an hour');
  t.same(await bank.phonesOf(), [bank.old]);

  const another = await bankWithWang();
  const before = another.sent.length;
  for (let tries = 0; tries < 20; tries++) await another.begin({ phone: NEW });
  t.equal(another.sent.length - before, 3);
  t.match(await another.begin(), { status: 429, headers: { 'retry-after': /^\d+$/ } });
});

t.test('what is asked must be one address that is possible, and the customer\'s to give', async (t) => {
  const bank = await bankWithWang({ ownChanges: { ...defaultOwnChanges, email: 'on-request', phones: 'at-once' } });
  const rows: [object, number, object][] = [
    [{}, 400, { errors: [{ pointer: '/phone', code: 'required' }] }],
    [{ phone: NEW, email: 'new@example.com' }, 400, { errors: [{ pointer: '/email', code: 'surplus' }] }],
    [{ phone: '13900001111' }, 400, { errors: [{ pointer: '/phone' }] }],
    [{ phone: '+8619' }, 400, { errors: [{ pointer: '/phone', code: 'phone_impossible' }] }],
    [{ email: 'x' }, 400, { errors: [{ pointer: '/email' }] }],
    [{ phone: NEW, to: 'x' }, 400, { errors: [{ pointer: '/to' }] }],
    [{ email: 'new@example.com' }, 403, { code: 'field_not_yours', errors: [{ pointer: '/email', code: 'field_not_yours' }] }],
  ];
  for (const [body, status, problem] of rows) {
    t.match(await bank.begin(body), { status, body: problem }, JSON.stringify(body));
    t.match(await bank.confirm('none', '000000', body), { status, body: problem }, `${JSON.stringify(body)}, confirmed`);
  }
  t.same(bank.sent, []);
  t.match(await bank.patch({ email: 'new@example.com' }), { status: 200 }, 'where staff look at it they decide');
  t.match(await bank.begin({ phone: NEW }, bank.teller), { status: 403, body: { code: 'permission_missing' } }, 'staff have another way');
});
