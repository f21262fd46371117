import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { dataFolder, logTails, runTool, startBankUnderTest, TEST_TOKEN } from './bank-under-test.js';

/** What of answers is read here. */
interface Body {
  readonly id: string;
  readonly code: string;
  readonly token: string;
  readonly challenge: string;
  readonly accessToken: string;
  readonly secret: string;
  readonly enrolment: string;
  readonly accountNumber: string;
  readonly approvalId: string;
  readonly confirmation: string;
  readonly position: string;
  readonly items: readonly { readonly id: string; readonly balance: { readonly amount: string } }[];
}

const STEP_MS = 30_000;

/** An authenticator app. A code is good once: each is that of a later step, all within the bank's leeway. */
function authenticator(secret: string) {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  let next = Math.floor(Date.now() / STEP_MS) - 1;
  return async (): Promise<string> => {
    const step = Math.max(next, Math.floor(Date.now() / STEP_MS) - 1);
    next = step + 1;
    await eventually(() => Math.floor(Date.now() / STEP_MS) + 1 >= step, { deadlineMs: 2 * STEP_MS, everyMs: 200 });
    return totp.generate({ timestamp: step * STEP_MS });
  };
}

const CUSTOMER = { username: 'wang.fang', password: 'marble-orchid-station-93' };
const MANAGER = { username: 'chen.jing', password: 'copper-lantern-valley-58' };
const cny = (amount: string) => ({ amount, currency: 'CNY' });

t.test('a customer enrols at the counter, pays, and asks for another name', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  let keys = 0;
  const ask = async (method: string, path: string, token?: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${bank.url}${path}`, {
      method, ...(body && { body: JSON.stringify(body) }),
      headers: { ...(body && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }), 'idempotency-key': `key-${++keys}`, ...headers },
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  /** Whoever has a password only enrols an app and signs in with both. */
  const enrolApp = async (path: string, who: typeof CUSTOMER) => {
    const first = (await ask('POST', `${path}/sign-in`, undefined, who)).body;
    t.match(first, { secondFactorMissing: true }, 'a password alone is told to be too little');
    const begun = (await ask('POST', `${path}/factors/totp`, first.accessToken, {})).body;
    const code = authenticator(begun.secret);
    t.match(await ask('POST', `${path}/factors/totp/confirm`, first.accessToken, { enrolment: begun.enrolment, code: await code() }), { status: 201 });
    const { challenge } = (await ask('POST', `${path}/sign-in`, undefined, who)).body;
    const inside = await ask('POST', `${path}/sign-in/second-factor`, undefined, { challenge, proof: { kind: 'totp', code: await code() } });
    t.match(inside, { status: 200 });
    return { code, token: inside.body.accessToken };
  };

  const hired = await ask('POST', '/v1/staff', TEST_TOKEN, { username: MANAGER.username, branch: 'head-office', person: { name: 'Chen Jing' } });
  t.match(await ask('POST', `/v1/staff/${hired.body.id}/assignments`, TEST_TOKEN, { role: 'branch-manager', branch: 'head-office' }, { 'if-match': '*' }), { status: 201 });
  const { token: invitation } = (await ask('POST', `/v1/staff/${hired.body.id}/invitation`, TEST_TOKEN)).body;
  t.match(await ask('POST', '/v1/invitations', undefined, { token: invitation, password: MANAGER.password }), { status: 200 });
  const { token: manager } = await enrolApp('/v1', MANAGER);

  const person = (name: string, number: string, phone: string) => ({ kind: 'individual', name, sex: 'female', birthDate: '1990-05-05', idDocument: { type: 'FOREIGN-PASSPORT', number, country: 'DE' }, phones: [phone] });
  const [wang, li] = [(await ask('POST', '/v1/customers', manager, person('王芳', 'T0099881', '+8613800139999'))).body.id, (await ask('POST', '/v1/customers', manager, person('李伟', 'T0099882', '+8613800138888'))).body.id];
  const open = async (customerId: string) => (await ask('POST', '/v1/accounts', manager, { customerId, product: 'demand-savings', currency: 'CNY' })).body;
  const [own, other] = [await open(wang), await open(li)];
  const paidIn = await ask('POST', `/v1/accounts/${own.id}/deposits`, manager, { money: cny('5000.00'), channel: 'counter' });
  t.match(paidIn, { status: 201 });

  const given = await ask('POST', `/v1/customers/${wang}/enrolment`, manager, {});
  t.match(given, { status: 201, body: { why: 'first' } });
  t.match(await ask('POST', '/v1/my/enrolment', undefined, { code: given.body.code, ...CUSTOMER }), { status: 200 });
  const { token, code } = await enrolApp('/v1/my', CUSTOMER);

  t.match((await ask('GET', `/v1/accounts?customerId=${wang}&after=${paidIn.body.position}`, token)).body.items, [{ id: own.id, balance: cny('5000.00') }]);
  for (const url of [`/v1/customers/${li}`, `/v1/accounts/${other.id}`, `/v1/accounts?customerId=${li}`]) t.match(await ask('GET', url, token), { status: 403, body: { code: 'outside_scope' } }, url);
  t.match(await ask('GET', '/v1/customers', token), { status: 403, body: { code: 'permission_missing' } });

  const pay = (by: string) => ask('POST', '/v1/my/transfers', by, { from: own.id, toAccountNumber: other.accountNumber, money: cny('1200.00'), memo: 'rent' });
  const rename = (by: string) => ask('PATCH', `/v1/customers/${wang}`, by, { name: '王晓芳', reason: 'marriage' }, { 'if-match': '*' });
  t.match(await pay(token), { status: 403, body: { code: 'step_up_required' } });
  t.match(await rename(token), { status: 403, body: { code: 'step_up_required' } });
  const { challenge } = (await ask('POST', '/v1/my/step-up', token)).body;
  const stepped = (await ask('POST', '/v1/my/step-up/confirm', token, { challenge, proof: { kind: 'totp', code: await code() } })).body.accessToken;
  const paid = await pay(stepped);
  t.match(paid, { status: 201 });
  t.match((await ask('GET', `/v1/accounts/${own.id}?after=${paid.body.position}`, token)).body, { balance: cny('3800.00') });

  const asked = await rename(stepped);
  t.match(asked, { status: 202, body: { status: 'pending' } });
  t.match((await ask('GET', `/v1/customers/${wang}`, token)).body, { name: '王芳' }, 'nothing has changed yet');
  t.match(await ask('POST', `/v1/approvals/${asked.body.approvalId}/approval`, stepped), { status: 403, body: { code: 'permission_missing' } }, 'not by themselves');
  t.match(await ask('POST', `/v1/approvals/${asked.body.approvalId}/approval`, manager), { status: 200 });
  const { items } = (await ask('GET', `/v1/customers/${wang}/history`, manager)).body;
  t.match(items.at(-1), {
    type: 'CustomerUpdated', actor: { id: wang, role: 'customer', channel: 'online' }, approver: { id: hired.body.id, role: 'branch-manager' }, reason: 'marriage',
    changes: [{ field: 'name', before: '王芳', after: '王晓芳' }],
  }, 'the customer asked, staff approved');
  t.match(await ask('PATCH', `/v1/customers/${wang}`, stepped, { occupation: 'painter' }, { 'if-match': '*' }), { status: 200 }, 'what is theirs to say is done at once');
  t.match(await ask('PATCH', `/v1/customers/${wang}`, stepped, { email: 'wang@example.com' }, { 'if-match': '*' }), { status: 422, body: { code: 'contact_unconfirmed' } });
  const { confirmation } = (await ask('POST', '/v1/my/contact', stepped, { email: 'wang@example.com' })).body;
  const sent = JSON.parse(readFileSync(path.join(dataDir, 'outbox', 'codes.jsonl'), 'utf8').trim().split('\n').at(-1)!) as { to: string; code: string };
  t.equal(sent.to, wang);
  t.match(await ask('POST', '/v1/my/contact/confirm', stepped, { confirmation, code: sent.code, email: 'wang@example.com' }), { status: 200 }, 'with the code that came');

  t.match(await ask('DELETE', `/v1/customers/${wang}/sessions`, manager), { status: 200 });
  t.match(await ask('GET', '/v1/my', stepped), { status: 401 });
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
});
