import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Secret, TOTP } from 'otpauth';
import t from 'tap';
import { foundDemonstration } from '../demonstration/found-demonstration.js';
import { demonstrationStaffFile, foundDemonstrationStaff, readDemonstrationStaff } from '../demonstration/demonstration-staff.js';
import { firstAdministratorFile } from '../roles/first-administrator.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

/** What of answers is read here. */
interface Body {
  readonly id: string;
  readonly status: string;
  readonly challenge: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly secret: string;
  readonly enrolment: string;
  readonly token: string;
  readonly items: unknown;
}
interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** As a person's program sends it; `token` absent: nobody is signed in. */
const asks = (url: string) => async (method: string, path: string, { body, token, headers = {} }: { body?: object; token?: string; headers?: Record<string, string> } = {}): Promise<Answer> => {
  const response = await fetch(`${url}${path}`, {
    method, headers: { ...(body && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers }, ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
};

/** An authenticator app. A code is good once: the next one is that of the next step, which is within the bank's leeway. */
function authenticator(secret: string) {
  const totp = new TOTP({ algorithm: 'SHA1', digits: 6, period: 30, secret: Secret.fromBase32(secret) });
  const first = Date.now();
  return { enrolling: () => totp.generate({ timestamp: first - 30_000 }), signingIn: () => totp.generate({ timestamp: first }) };
}

/** The README's section as it stands there; what a person would copy is copied. */
async function readmeSays(url: string, password: string): Promise<{ readonly out: string; readonly code: number | null }> {
  const commands = /\n## Sign in\n[^]*?```sh\n([^]*?)```/.exec(readFileSync('README.md', 'utf8'))![1]!;
  const script = commands.replaceAll('http://127.0.0.1:8080', url)
    .replace(/^PASSWORD=….*$/m, `PASSWORD='${password}'`)
    .replace(/^(curl .*\/v1\/sign-in .*); echo$/m, 'ANSWER=$($1); echo "$ANSWER"')
    .replace(/^ACCESS=….*$/m, `ACCESS=$(echo "$ANSWER" | '${process.execPath}' -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).accessToken')`);
  const child = spawn('bash', ['-e', '-c', script], { env: { PATH: process.env['PATH'] } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, code };
}

const ADMINISTRATOR = { username: 'chen.jing', password: 'copper-lantern-valley-58' };
const TELLER = { username: 'zhao.min', password: 'marble-orchid-station-93' };
const money = (amount: string, currency = 'CNY') => ({ amount, currency });

t.test('sign-in, from the first administrator to a teller at work', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));

  const demonstrating = await startBankUnderTest({ dataDir, environment: { PASSBOOK_DEMONSTRATION: 'yes' } });
  t.teardown(() => demonstrating.stop());
  const { customerId: ofBeijing } = await foundDemonstration(demonstrating.client);
  await foundDemonstrationStaff(demonstrating.client, dataDir);
  const file = readFileSync(demonstrationStaffFile(dataDir), 'utf8');
  await foundDemonstrationStaff(demonstrating.client, dataDir);
  t.equal(readFileSync(demonstrationStaffFile(dataDir), 'utf8'), file, 'founded again nothing changes');
  t.equal(statSync(demonstrationStaffFile(dataDir)).mode & 0o777, 0o600);
  const { items: staff } = await demonstrating.client.get<{ items: object[] }>('/v1/staff?after=0');
  t.equal(staff.length, 9, 'one for each role');
  const people = readDemonstrationStaff(dataDir);
  const [demoTeller, demoAuditor] = ['teller', 'auditor'].map((role) => people.find((one) => one.role === role)!);
  const ofDemo = async (url: string, { username, password } = demoTeller!) => asks(url)('POST', '/v1/sign-in', { body: { username, password } });
  const auditor = await ofDemo(demonstrating.url, demoAuditor);
  t.match(auditor, { status: 200, body: { status: 'signed-in' } }, 'in the demonstration a password is enough');
  t.equal((await asks(demonstrating.url)('GET', `/v1/customers/${ofBeijing}`, { token: auditor.body.accessToken })).status, 200);
  const { out, code } = await readmeSays(demonstrating.url, demoTeller!.password);
  t.equal(code, 0);
  const [, page] = out.trim().split('\n');
  t.match(JSON.parse(page!), { items: [{ branch: 'SH-001' }, { branch: 'SH-001' }] }, 'from sign-in to the first query as the README has it');
  t.notMatch(out, /310104197509301232|C01X00T47|91310000MA1FL4B24G/);
  await demonstrating.stop();

  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  const ask = asks(bank.url);
  t.equal((await ofDemo(bank.url)).status, 401, 'outside the demonstration its people are refused');
  t.equal((await ask('GET', '/v1/sessions', { token: auditor.body.accessToken })).status, 401, 'and so are their sessions');

  const signIn = async ({ username, password }: typeof TELLER, code?: string): Promise<Answer> => {
    const begun = await ask('POST', '/v1/sign-in', { body: { username, password } });
    return code === undefined || begun.body.status !== 'second-factor' ? begun : ask('POST', '/v1/sign-in/second-factor', { body: { challenge: begun.body.challenge, proof: { kind: 'totp', code } } });
  };
  /** Somebody who has only a password enrols an app and signs in with both. */
  const enrol = async (who: typeof TELLER) => {
    const { accessToken: token } = (await signIn(who)).body;
    const begun = await ask('POST', '/v1/factors/totp', { token, body: {} });
    t.equal(begun.status, 200, JSON.stringify(begun.body));
    const app = authenticator(begun.body.secret);
    t.match(await ask('POST', '/v1/factors/totp/confirm', { token, body: { enrolment: begun.body.enrolment, code: app.enrolling() } }), { status: 201 });
    t.match(await signIn(who), { body: { status: 'second-factor', kinds: ['totp'] } }, 'from now on the password alone opens nothing');
    t.match(await signIn(who, app.enrolling()), { status: 401 }, 'a code is good once');
    const signedIn = await signIn(who, app.signingIn());
    t.match(signedIn, { status: 200, body: { status: 'signed-in' } });
    return signedIn.body;
  };

  const link = readFileSync(firstAdministratorFile(dataDir), 'utf8').trim();
  const begin = { token: link, name: 'Chen Jing', ...ADMINISTRATOR };
  t.equal((await ask('POST', '/v1/first-administrator', { body: begin })).status, 201);
  t.equal((await ask('POST', '/v1/first-administrator', { body: { ...begin, username: 'mallory' } })).status, 403, 'the link is good once');
  t.notOk(existsSync(firstAdministratorFile(dataDir)), 'and is kept nowhere any more');
  const passwordOnly = (await signIn(ADMINISTRATOR)).body.accessToken;
  t.match(await ask('GET', '/v1/staff', { token: passwordOnly }), { status: 403, body: { code: 'permission_missing' } }, 'without a second factor nothing but to enrol one');
  const { accessToken: administrator } = await enrol(ADMINISTRATOR);

  const hired = await ask('POST', '/v1/staff', { token: administrator, body: { username: TELLER.username, branch: 'SH-001', person: { name: 'Zhao Min' } } });
  const tellerUrl = `/v1/staff/${hired.body.id}`;
  t.equal((await ask('POST', `${tellerUrl}/assignments`, { token: administrator, headers: { 'if-match': '*' }, body: { role: 'teller', branch: 'SH-001' } })).status, 201);
  const invited = await ask('POST', `${tellerUrl}/invitation`, { token: administrator });
  t.match(invited, { status: 201, body: { why: 'first' } });
  t.match(await ask('POST', '/v1/invitations', { body: { token: invited.body.token, password: TELLER.password } }), { status: 200 });
  const { accessToken: teller, refreshToken } = await enrol(TELLER);

  const { items } = await bank.client.get<{ items: { id: string; branch: string; name: string }[] }>('/v1/customers?limit=50');
  const ofShanghai = items.find(({ name }) => name === '李强')!.id;
  const seen = await ask('GET', `/v1/customers/${ofShanghai}`, { token: teller });
  t.match(seen, { status: 200, body: { name: '李强' } });
  t.notMatch(JSON.stringify(seen.body), '310104197509301232', 'the ID number is masked');
  t.match(JSON.stringify(seen.body), '1232', 'control: its end is there');
  t.match(JSON.stringify(await bank.client.get(`/v1/customers/${ofShanghai}`)), '310104197509301232', 'control: who may sees it');
  t.match(await ask('GET', `/v1/customers/${ofBeijing}`, { token: teller }), { status: 403, body: { code: 'outside_scope' } });
  for (const field of ['riskLevel=balanced', 'riskLevel=aggressive'])
    t.match(await ask('GET', `/v1/customers?${field}`, { token: teller }), { status: 403, body: { code: 'field_hidden' } }, 'no search by what is hidden');
  t.match((await ask('GET', '/v1/customers?name=李强', { token: teller })).body, { items: [{ id: ofShanghai }] }, 'control: by what is not');
  t.strictSame((await ask('GET', '/v1/customers?name=王芳', { token: teller })).body, { items: [] }, 'nobody of another branch is found');
  const registered = await ask('POST', '/v1/customers', {
    token: teller, body: { kind: 'individual', name: '赵敏', sex: 'female', birthDate: '1990-05-05', idDocument: { type: 'FOREIGN-PASSPORT', number: 'T0099881', country: 'DE' }, phones: ['+8613800139999'], branch: 'SH-001' },
  });
  t.equal(registered.status, 201, JSON.stringify(registered.body));
  const account = await ask('POST', '/v1/accounts', { token: teller, body: { customerId: registered.body.id, product: 'demand-savings', currency: 'CNY' } });
  t.equal(account.status, 201, JSON.stringify(account.body));
  const payIn = (amount: string, key: string) => ask('POST', `/v1/accounts/${account.body.id}/deposits`, { token: teller, headers: { 'idempotency-key': key }, body: { money: money(amount), channel: 'counter' } });
  t.equal((await payIn('200000.00', 'within')).status, 201);
  t.match(await payIn('200000.01', 'above'), { status: 403, body: { code: 'amount_over_limit' } });
  t.match(await ask('POST', '/v1/staff', { token: teller, body: { username: 'mate', branch: 'SH-001', person: { name: 'M' } } }), { status: 403, body: { code: 'permission_missing' } });

  t.equal((await ask('PUT', `${tellerUrl}/suspension`, { token: administrator, headers: { 'if-match': '*' }, body: { reason: 'keys lost' } })).status, 200);
  t.equal((await ask('GET', `/v1/customers/${ofShanghai}`, { token: teller })).status, 401, 'refused at once');
  t.equal((await ask('POST', '/v1/sessions/refresh', { body: { refreshToken } })).status, 401);
  t.equal((await signIn(TELLER)).status, 401);
  t.equal((await ask('GET', '/v1/staff', { token: administrator })).status, 200, 'control: the administrator goes on');
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
});
