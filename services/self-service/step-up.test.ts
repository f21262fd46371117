import { decodeJwt } from 'jose';
import t from 'tap';
import { openBench } from '../ledger/shard-fixture.js';
import { FIXED_TOKEN } from '../access/sign-in/testing/sign-in-bank.js';
import { selfServiceBank } from './testing/self-service-bank.js';

const wanted = { status: 403, body: { code: 'step_up_required' } };
const invalid = { status: 401, body: { code: 'challenge_invalid' } };
const failed = { status: 401, body: { code: 'sign_in_failed' } };
const cny = (amount: string) => ({ amount, currency: 'CNY' });

/** Two customers with an account each, and money in the first one's. */
async function moneyBank(t: { teardown(work: () => unknown): void }) {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const bank = await selfServiceBank({ ledger: { execute: (command, context) => bench.shard.execute(command, context), partiesOfAccount: (id) => bench.shard.partiesOfAccount(id) } });
  let keys = 0;
  const post = (url: string, body: object, token: string, key = `key-${++keys}`) => bank.post(url, body, token, { 'idempotency-key': key });
  const open = async (customerId: string) => {
    const { id, accountNumber } = (await post('/v1/accounts', { customerId, product: 'demand-savings', currency: 'CNY' }, FIXED_TOKEN)).body;
    bank.accounts.set(accountNumber, id);
    return { id: id as string, number: accountNumber as string };
  };
  const [wang, li] = [await bank.customer('wang.fang'), await bank.customer('li.wei')];
  const [of, other, savings] = [await open(wang.id), await open(li.id), await open(wang.id)];
  await post(`/v1/accounts/${of.id}/deposits`, { money: cny('1000.00'), channel: 'counter' }, FIXED_TOKEN);
  const pay = (token: string, amount: string, toAccountNumber = other.number, from = of.id, key?: string) => post('/v1/my/transfers', { from, toAccountNumber, money: cny(amount) }, token, key);
  return { bank, wang, li, of, other, savings, pay, post };
}

t.test('money goes to a new payee, or in a large amount, with a fresh second factor only', async (t) => {
  const { bank, wang, of, savings, pay } = await moneyBank(t);
  t.match(await pay(wang.token, '1.00'), wanted, 'a payee who was never paid');
  t.match((await pay(wang.token, '1.00')).body.detail, /POST \/v1\/my\/step-up/, 'and says how');
  t.match(await pay(wang.token, '100.00', savings.number), { status: 201 }, 'among one\'s own accounts it needs none');
  t.match(await pay(wang.token, '100.01', savings.number), wanted, 'but for a large amount');
  t.match(await pay(wang.token, '1.00', '6200000000000000'), wanted, 'nor is it told which numbers there are');
  t.match(await pay(wang.token, '500.01'), { status: 403, body: { code: 'amount_over_limit' } }, 'what may not be done at all comes first');
  const stepped = await wang.stepUp();
  t.match(await pay(stepped, '500.01'), { status: 403, body: { code: 'amount_over_limit' } }, 'a second factor raises no limit');
  const paid = await pay(stepped, '200.00');
  t.match(paid, { status: 201, headers: { location: `/v1/transfers/${paid.body.id}` } });
  t.match(await pay(stepped, '1.00', '6200000000000000'), { status: 404, body: { code: 'account_not_found' } });
  t.match((await bank.toldOf(wang.id)).slice(-2), [{ type: 'SteppedUp', data: { proof: 'otp' } }, { type: 'PayeeTrusted', data: { customerId: wang.id } }]);
  t.match(await pay(wang.token, '100.00'), { status: 201 }, 'the payee is known now, to the token before too');
  t.match(await pay(wang.token, '100.01'), wanted);
  bank.laterBy(4 * 60_000 + 29_000);
  await bank.revocations.read();
  t.match(await pay(stepped, '100.01', savings.number), { status: 201 });
  bank.laterBy(2_000);
  const refreshed = await bank.post('/v1/my/sessions/refresh', { refreshToken: wang.session.refreshToken });
  t.match(decodeJwt(refreshed.body.accessToken), { acr: 'urn:passbook:stepped-up', sid: wang.session.sessionId }, 'a later token of the session says when it was');
  bank.laterBy(30_000);
  await bank.revocations.read();
  t.match(await pay(refreshed.body.accessToken, '100.01', savings.number), wanted, 'after five minutes it is not fresh any more');
  t.equal(of.id.length, 36);
});

t.test('nobody moves another\'s money, nor the bank\'s', async (t) => {
  const { wang, li, of, other, pay, post } = await moneyBank(t);
  const stepped = await li.stepUp();
  t.match(await pay(stepped, '1.00', other.number, of.id), { status: 403, body: { code: 'outside_scope' } }, 'from an account of somebody else');
  t.match(await post('/v1/transfers', { from: of.id, to: other.id, money: cny('1.00') }, await wang.stepUp()), { status: 403, body: { code: 'permission_missing' } }, 'the staff\'s route is not theirs');
  for (const url of [`/v1/accounts/${of.id}/deposits`, `/v1/accounts/${of.id}/withdrawals`]) t.match(await post(url, { money: cny('1.00') }, wang.token), { status: 403, body: { code: 'permission_missing' } }, url);
  for (const more of [{ bookingDate: '2025-01-01' }, { to: other.id }, { channel: 'counter' }])
    t.match(await post('/v1/my/transfers', { from: of.id, toAccountNumber: other.number, money: cny('1.00'), ...more }, wang.token), { status: 400, body: { code: 'request_invalid' } }, JSON.stringify(more));
  t.match(await post('/v1/my/transfers', { from: of.id, toAccountNumber: other.number, money: cny('-1.00') }, wang.token), { status: 400 });
  const again = await wang.stepUp();
  const first = await pay(again, '1.00', other.number, of.id, 'the-same');
  t.strictSame((await pay(again, '1.00', other.number, of.id, 'the-same')).body, first.body, 'sent twice it is paid once');
  t.match(await pay(again, '2.00', other.number, of.id, 'the-same'), { status: 409, body: { code: 'idempotency_key_reused' } });
});

t.test('a step-up belongs to one session, is guarded like a sign-in, and each code is good once', async (t) => {
  const bank = await selfServiceBank();
  const [li, wang] = [await bank.customer('li.wei'), await bank.customer('wang.fang')];
  const begin = async (token = wang.token) => (await bank.post('/v1/my/step-up', undefined, token)).body;
  const confirm = (challenge: string, code: string, token = wang.token, kind = 'totp') => bank.post('/v1/my/step-up/confirm', { challenge, proof: { kind, code } }, token);
  const asked = await begin();
  t.match(asked, { challenge: /^pbc_/, kinds: ['totp'], expiresInSeconds: 300 });
  t.match(await confirm(asked.challenge, wang.code()), failed, 'the code of the sign-in is spent');
  bank.laterBy(30_000);
  await bank.revocations.read();
  t.match(await confirm(asked.challenge, wang.code(), li.token), invalid, 'another customer\'s');
  const { challenge } = (await bank.signIn('wang.fang')).body;
  t.match(await confirm(challenge, wang.code()), invalid, 'a challenge of a sign-in is none');
  t.match(await bank.post('/v1/my/sign-in/second-factor', { challenge: asked.challenge, proof: { kind: 'totp', code: wang.code() } }), invalid, 'nor the other way round');
  const elsewhere = (await bank.post('/v1/my/sign-in/second-factor', { challenge, proof: { kind: 'totp', code: wang.code() } })).body;
  bank.laterBy(30_000);
  await bank.revocations.read();
  t.match(await confirm(asked.challenge, wang.code(), elsewhere.accessToken), invalid, 'another session of the same customer');
  t.match(await confirm(asked.challenge, 'aaaa-bbbb-cccc', wang.token, 'recovery-codes'), { status: 400 }, 'recovery codes are for whoever lost the rest');
  const stepped = await confirm(asked.challenge, wang.code());
  t.match(stepped, { status: 200, body: { tokenType: 'Bearer', expiresInSeconds: 300 } });
  t.match(decodeJwt(stepped.body.accessToken), { sid: wang.session.sessionId, acr: 'urn:passbook:stepped-up', auth_time: Math.floor(bank.clock.now.getTime() / 1_000), amr: ['pwd', 'otp'] });
  t.notOk('acr' in decodeJwt(elsewhere.accessToken), 'the other session is none the fresher');
  t.match(await confirm(asked.challenge, wang.code()), invalid, 'a challenge is good once');
  t.match(await confirm((await begin()).challenge, wang.code()), failed, 'a replayed code');
  let last = await confirm((await begin()).challenge, '000000');
  for (let guess = 0; guess < 8 && last.status === 401; guess++) last = await confirm((await begin()).challenge, String(guess).repeat(6));
  t.match(last, { status: 429, body: { code: 'too_many_attempts' } }, 'guesses are counted');
  await bank.del(`/v1/my/sessions/${wang.session.sessionId}`, elsewhere.accessToken);
  t.match(await bank.get('/v1/my', stepped.body.accessToken), { status: 401 }, 'it ends with its session');
});
