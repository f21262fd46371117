import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { foundDemonstrationStaff, readDemonstrationStaff } from '../demonstration/demonstration-staff.js';
import { foundDemonstration } from '../demonstration/found-demonstration.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

/** What of answers is read here. */
interface Body {
  readonly id: string;
  readonly approvalId: string;
  readonly status: string;
  readonly accessToken: string;
  readonly recordId: string;
  readonly position: string;
  readonly balance: { readonly amount: string };
  readonly items: readonly Record<string, unknown>[];
}
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

const money = (amount: string) => ({ amount, currency: 'CNY' });
const SECOND_TELLER = { username: 'demo.teller-2', password: 'marble-orchid-station-93' };

/** The README's section as it stands there; what a person would copy from an answer is copied. */
async function readmeSays(url: string, passwords: { readonly teller: string; readonly manager: string }, customer: string): Promise<{ readonly out: string; readonly code: number | null }> {
  const commands = /\n## A second person\n[^]*?```sh\n([^]*?)```/.exec(readFileSync('README.md', 'utf8'))![1]!;
  const read = (member: string) => `'${process.execPath}' -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).${member}'`;
  const signIn = (username: string, password: string) =>
    `$(curl -s ${url}/v1/sign-in -H 'content-type: application/json' -d '{"username":"${username}","password":"${password}"}' | ${read('accessToken')})`;
  const script = commands.replaceAll('http://127.0.0.1:8080', url)
    .replace(/^ACCESS=….*$/m, `ACCESS=${signIn('demo.teller', passwords.teller)}`)
    .replace(/^MANAGER=….*$/m, `MANAGER=${signIn('demo.branch-manager', passwords.manager)}`)
    .replace(/^SOMEBODY=….*$/m, `SOMEBODY=${customer}`)
    .replace(/^(curl .*-X PATCH .*); echo$/m, 'ANSWER=$($1); echo "$ANSWER"')
    .replace(/^APPROVAL=….*$/m, `APPROVAL=$(echo "$ANSWER" | ${read('approvalId')})`);
  const child = spawn('bash', ['-e', '-c', script], { env: { PATH: process.env['PATH'] } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, code };
}

t.test('what a rule names waits for a second person, and happens once', { timeout: 600_000 }, async (t) => {
  const dataDir = dataFolder(t);
  t.on('fail', () => t.comment(logTails(dataDir)));
  const bank = await startBankUnderTest({ dataDir, environment: { PASSBOOK_DEMONSTRATION: 'yes' } });
  t.teardown(() => bank.stop());
  const ask = async (token: string, method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(`${bank.url}${path}`, {
      method, headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers }, ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  };

  await foundDemonstration(bank.client);
  await foundDemonstrationStaff(bank.client, dataDir);
  const people = readDemonstrationStaff(dataDir);
  const signedIn = async (username: string, password = people.find((one) => one.username === username)!.password): Promise<string> => {
    const { status, body } = await ask('', 'POST', '/v1/sign-in', { username, password });
    t.equal(status, 200, username);
    return body.accessToken;
  };
  const { id: second } = await bank.client.post<Created>('/v1/staff', { username: SECOND_TELLER.username, branch: 'SH-001', person: { name: 'Second teller' } });
  await bank.client.post(`/v1/staff/${second}/assignments`, { role: 'teller', branch: 'SH-001' }, 'second-teller', { 'if-match': '*' });
  const { token } = await bank.client.post<{ token: string }>(`/v1/staff/${second}/invitation`, {});
  await bank.client.post('/v1/invitations', { token, password: SECOND_TELLER.password });
  const [teller, colleague, manager, approver] = await Promise.all([signedIn('demo.teller'), signedIn(SECOND_TELLER.username, SECOND_TELLER.password), signedIn('demo.branch-manager'), signedIn('demo.approver')]);

  const { items } = await bank.client.get<{ items: { id: string; name: string }[] }>('/v1/customers?limit=50');
  const customer = items.find(({ name }) => name === '李强')!.id;
  const [from, to] = [await open('from'), await open('to')];
  async function open(key: string): Promise<string> {
    return (await bank.client.post<Created>('/v1/accounts', { customerId: customer, product: 'demand-savings', currency: 'CNY' }, `approvals-${key}`)).id;
  }
  await bank.client.post(`/v1/accounts/${from}/deposits`, { money: money('1000000.00'), channel: 'counter' }, 'approvals-funds');
  const balances = async (position?: string): Promise<string[]> =>
    Promise.all([from, to].map(async (id) => (await bank.client.get<Body>(`/v1/accounts/${id}${position === undefined ? '' : `?after=${position}`}`)).balance.amount));
  const transfer = (who: string, amount: string, key: string) => ask(who, 'POST', '/v1/transfers', { from, to, money: money(amount) }, { 'idempotency-key': key });
  const act = (who: string, approvalId: string, what: 'approval' | 'rejection' | 'withdrawal') => ask(who, 'POST', `/v1/approvals/${approvalId}/${what}`, what === 'rejection' ? { reason: 'no such contract' } : undefined);

  await t.test('a large transfer is held, decided by who may, and moves once', async (t) => {
    t.equal((await transfer(teller, '50000.00', 'small')).status, 201, 'control: what is not above the bank\'s rule runs at once');
    const held = await transfer(teller, '50000.01', 'large');
    t.match(held, { status: 202, body: { approvalId: String, status: 'pending' } });
    const { approvalId, position } = held.body;
    t.equal(held.headers.get('location'), `/v1/approvals/${approvalId}`);
    t.match(await ask(teller, 'GET', `/v1/approvals?mine=true&after=${position}`), { body: { items: [{ id: approvalId, status: 'pending', rule: 'large-transfers' }] } });
    for (const [who, name] of [[teller, 'the teller herself'], [colleague, 'another teller']] as const)
      t.match(await act(who, approvalId, 'approval'), { status: 403, body: { code: 'permission_missing' } }, name);
    const mine = await transfer(manager, '60000.00', 'of-the-manager');
    t.match(await act(manager, mine.body.approvalId, 'approval'), { status: 403, body: { code: 'approval_own' } }, 'nor a manager their own');
    t.same(await balances(), ['950000.00', '50000.00'], 'nothing has moved');
    t.match(await ask(manager, 'GET', `/v1/approvals/${approvalId}`), { status: 200, body: { status: 'pending', requester: { role: 'teller' }, body: { from, to, money: money('50000.01') } } });
    const approved = await act(manager, approvalId, 'approval');
    t.match(approved, { status: 200, body: { status: 'executed', recordId: String } });
    t.same(await balances(approved.body.position), ['899999.99', '100000.01']);
    t.match(await act(manager, approvalId, 'approval'), { status: 422, body: { code: 'approval_not_pending' } });
    t.match(await transfer(teller, '50000.01', 'large'), { status: 202, body: { approvalId, status: 'executed' } }, 'sent again it says what became of it');
    t.same(await balances(), ['899999.99', '100000.01'], 'once');
    const byApprover = await act(approver, mine.body.approvalId, 'approval');
    t.match(byApprover.body, { status: 'executed' }, 'an approver, who could send none');
    t.match(await transfer(approver, '1.00', 'of-the-approver'), { status: 403, body: { code: 'permission_missing' } });
    t.same(await balances(byApprover.body.position), ['839999.99', '160000.01']);
    const { out } = await runTool(bank, 'audit', 'replay', '--stream', 'ledger-0');
    const moved = out.split('\n').filter((line) => line.includes('TransferPosted')).map((line) => JSON.parse(line) as { metadata: { actor: object; approver?: object } });
    t.match(moved.at(-2)!.metadata, { actor: { role: 'teller' }, approver: { role: 'branch-manager' } }, 'both stand in the log');
  });

  await t.test('rejected, withdrawn and expired requests move nothing', async (t) => {
    const before = await balances();
    const [rejected, withdrawn] = [(await transfer(teller, '70000.00', 'rejected')).body.approvalId, (await transfer(teller, '70001.00', 'withdrawn')).body.approvalId];
    t.equal((await act(manager, rejected, 'rejection')).status, 200);
    t.match((await ask(teller, 'GET', `/v1/approvals/${rejected}`)).body, { status: 'rejected', reason: 'no such contract', decidedBy: { role: 'branch-manager' } });
    t.equal((await act(teller, withdrawn, 'withdrawal')).status, 200);
    const rule = { title: 'Holds', permission: 'money.hold', expiresAfterSeconds: 1 };
    await bank.client.post('/v1/approval-rules', { name: 'holds', ...rule });
    const hold = () => ask(teller, 'POST', `/v1/accounts/${from}/holds`, { money: money('10.00') }, { 'idempotency-key': 'held' });
    const expired = (await hold()).body.approvalId;
    t.match(await eventually(async () => {
      const { body } = await ask(teller, 'GET', `/v1/approvals/${expired}`);
      return body.status !== 'pending' && body;
    }, { deadlineMs: 30_000 }), { status: 'expired' }, 'by an event of the log, without anybody asking');
    for (const id of [rejected, withdrawn, expired]) t.match(await act(manager, id, 'approval'), { status: 422, body: { code: 'approval_not_pending' } });
    t.same(await balances(), before);
    t.match((await bank.client.get<Body>(`/v1/accounts/${from}/holds`)).items, []);
  });

  await t.test('the api is killed while approved transfers run: each moves once', async (t) => {
    const before = (await balances()).map(Number);
    const amounts = [80_001, 80_010, 80_100];
    const ids = await Promise.all(amounts.map(async (amount) => (await transfer(teller, `${amount}.00`, `killed-${amount}`)).body.approvalId));
    const atKill: string[] = [];
    const found = new Map<string, string>();
    for (const id of ids) {
      const deciding = act(manager, id, 'approval').catch(() => undefined);
      // Once the log has the approval, before or while the transfer runs.
      atKill.push(await eventually(async () => {
        const { body } = await ask(manager, 'GET', `/v1/approvals/${id}`);
        return body.status !== 'pending' && body.status;
      }, { everyMs: 1, deadlineMs: 60_000 }));
      t.ok(bank.kill('api'));
      await deciding;
      // Where the kill came before the approval was stored, it is still to be decided.
      const state = await eventually(async () => {
        const { status, body } = await ask(manager, 'GET', `/v1/approvals/${id}`);
        return status === 200 && body.status;
      }, { deadlineMs: 60_000 });
      found.set(id, state);
      if (state === 'pending') t.equal((await act(manager, id, 'approval')).status, 200);
    }
    const positions: bigint[] = [];
    for (const id of ids) {
      const done = await eventually(async () => {
        const { body } = await ask(manager, 'GET', `/v1/approvals/${id}`);
        return body.status !== 'approved' && body;
      }, { deadlineMs: 60_000 });
      t.equal(done.status, 'executed', 'what was approved and not run, the bank runs when it is back');
      positions.push(BigInt(done.position));
    }
    t.comment(`at each kill the requests were ${atKill.join(', ')}, afterwards ${[...found.values()].join(', ')}`);
    const sum = amounts.reduce((total, amount) => total + amount, 0);
    t.same((await balances(String(positions.reduce((last, one) => (one > last ? one : last))))).map(Number), [before[0]! - sum, before[1]! + sum]);
  });

  await t.test('a change of who a customer is, as the README has it', async (t) => {
    const passwordOf = (username: string) => people.find((one) => one.username === username)!.password;
    const { out, code } = await readmeSays(bank.url, { teller: passwordOf('demo.teller'), manager: passwordOf('demo.branch-manager') }, customer);
    t.equal(code, 0, out);
    const answers = out.trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as object);
    t.match(answers, [{ approvalId: String, status: 'pending' }, { items: Array }, { status: 'pending', changes: [{ field: 'name', before: '李强', after: '李强生' }] }, { status: 'executed' }]);
    const told = await runTool(bank, 'audit', 'history', '--customer', customer);
    const [staffTeller, staffManager] = await Promise.all(['demo.teller', 'demo.branch-manager'].map(async (username) =>
      (await bank.client.get<{ items: { id: string; username: string }[] }>('/v1/staff?after=0')).items.find((one) => one.username === username)!.id));
    t.ok(told.out.includes(staffTeller!) && told.out.includes(staffManager!), `the history names both: ${told.out}`);
  });

  t.match(await runTool(bank, 'audit', 'rebuild'), { code: 0, out: /^approvals build 2 is shown; it equals the one before it: rows of approvals [1-9]/ });
  t.match(await runTool(bank, 'audit', 'verify'), { code: 0 });
});
