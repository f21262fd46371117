import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { ApprovalRule } from '../../shared/access/approval-rules.js';
import { Refusal } from '../../shared/http/context.js';
import { person } from '../customers/testing/people.js';
import { approvalsBank, asCustomer, HOUR, people, type Person } from './testing/bank.js';

const rules: readonly ApprovalRule[] = [
  { name: 'large-payments', permission: 'money.pay-out', above: new Map([['CNY', 50_000n]]), expiresAfterMs: 24 * HOUR },
  { name: 'phones', permission: 'customers.update', fields: ['phones', 'idDocument'], exemptRoles: ['administrator'], expiresAfterMs: HOUR },
];

async function bankWithCustomer(t: { teardown(handler: () => unknown): void }, options: Partial<Parameters<typeof approvalsBank>[0]> = {}) {
  const bank = await approvalsBank({ rules, ...options });
  t.teardown(() => bank.close());
  const registered = person({ branch: 'B1' });
  const { id } = (await bank.send('zhang', 'POST', '/v1/customers', registered)).body;
  let keys = 0;
  const pay = (who: Person, amount = '900.00', key = `k${++keys}`, more: object = {}) =>
    bank.send(who, 'POST', `/v1/tills/${id}/payments`, { money: { amount, currency: 'CNY' }, ...more }, { 'idempotency-key': key });
  const patch = (who: Person | (string & {}), body: object, revision = 0, headers: Record<string, string> = {}) => bank.send(who, 'PATCH', `/v1/customers/${id}`, body, { 'if-match': `"${revision}"`, ...headers });
  const held = async (amount?: string): Promise<string> => (await pay('zhang', amount)).body.approvalId;
  const approve = (who: Person, approvalId: string) => bank.send(who, 'POST', `/v1/approvals/${approvalId}/approval`);
  const customer = async () => (await bank.send('bootstrap', 'GET', `/v1/customers/${id}`)).body;
  return { bank, id, registered, pay, patch, held, approve, customer };
}

t.test('a command that a rule names waits, and runs once as its requester when another approves', async (t) => {
  const { bank, id, patch, approve, customer } = await bankWithCustomer(t);
  const asked = await patch('zhang', { phones: ['+8613900000001'], reason: 'moved' });
  const { approvalId } = asked.body;
  t.match(asked, { status: 202, headers: { location: `/v1/approvals/${approvalId}` }, body: { approvalId: String, status: 'pending', location: `/v1/approvals/${approvalId}`, position: /^\d+$/ } });
  t.equal((await customer()).revision, 0, 'nothing has changed');
  t.match((await bank.send('li', 'GET', `/v1/approvals/${approvalId}`)).body, { status: 'pending', rule: 'phones', permission: 'customers.update', requester: { id: 'zhang' }, record: id });
  const approved = await approve('li', approvalId);
  t.match(approved, { status: 200, body: { id: approvalId, status: 'executed', recordId: id, revision: 2 } });
  t.match(await customer(), { revision: 1, phones: ['+8613900000001'] });
  const [, change] = (await bank.send('bootstrap', 'GET', `/v1/customers/${id}/history`)).body.items;
  t.match(change, { actor: { id: 'zhang', role: 'teller' }, approver: { id: 'li', role: 'branch-manager' }, reason: 'moved' }, 'both names stand in the history');
  t.same(await bank.history(approvalId), ['ApprovalRequested', 'RequestApproved', 'RequestExecuted']);
  t.notMatch(JSON.stringify(bank.log.all.filter(({ stream }) => stream.startsWith('approval-')).map(({ data }) => data)), /13900000001|moved/, 'what was requested is sealed');
  t.match(await approve('zhao', approvalId), { status: 422, body: { code: 'approval_not_pending' } }, 'nobody approves a second time');
  t.match(await bank.send('zhang', 'POST', `/v1/approvals/${approvalId}/withdrawal`), { status: 422 });
});

t.test('what no rule names runs at once', async (t) => {
  const { bank, pay, patch } = await bankWithCustomer(t);
  t.equal((await pay('zhang', '500.00')).status, 201, 'the amount itself is not above');
  t.equal((await pay('zhang', '500.01')).status, 202);
  t.equal((await patch('zhang', { occupation: 'baker' })).status, 200);
  t.equal((await patch('bootstrap', { phones: ['+8613900000002'] }, 1)).status, 200, 'an exempt role');
  t.equal((await pay('bootstrap')).status, 202, 'who founds a bank is no exception once it is founded');
  bank.present.rules = [];
  t.equal((await pay('zhang')).status, 201, 'without rules nothing waits');
  const founding = await bankWithCustomer(t, { bootstrapIsExempt: true });
  t.equal((await founding.pay('bootstrap')).status, 201);
  t.equal((await founding.pay('zhang')).status, 202, 'control: the others wait');
});

t.test('what would be refused anyway is refused, and not asked for', async (t) => {
  const { bank, id, pay } = await bankWithCustomer(t);
  const before = bank.log.all.length;
  t.match(await pay('elsewhere'), { status: 403, body: { code: 'outside_scope' } });
  t.match(await pay('limited', '1000.01'), { status: 403, body: { code: 'amount_over_limit' } });
  t.equal((await bank.send('zhang', 'PATCH', `/v1/customers/${id}`, { phones: ['+8613900000001'] })).status, 428);
  t.equal((await bank.send('zhang', 'PATCH', `/v1/customers/${id}`, { phones: [7] }, { 'if-match': '"0"' })).status, 400);
  t.equal((await bank.send('nobody', 'POST', `/v1/tills/${id}/payments`, {})).status, 401);
  t.equal(bank.log.all.length, before);
});

t.test('the same request under its key is the same request for approval, then the recorded answer', async (t) => {
  const { bank, pay, approve } = await bankWithCustomer(t);
  const first = await pay('zhang', '900.00', 'one');
  t.same((await pay('zhang', '900.00', 'one')).body, first.body);
  t.match(await pay('zhang', '901.00', 'one'), { status: 409, body: { code: 'idempotency_key_reused' } });
  t.not((await pay('li', '900.00', 'one')).body.approvalId, first.body.approvalId, 'another person\'s key is another key');
  await approve('li', first.body.approvalId);
  t.same((await pay('zhang', '900.00', 'one')).body, { ...first.body, status: 'executed' }, 'also afterwards');
  bank.present.rules = [];
  t.equal((await pay('zhang', '900.00', 'one')).status, 201);
  t.equal(bank.paid.size, 1, 'and where the rule is gone the command is still the one that was run');
});

t.test('attacks: own, without scope, without limit, without permission, hidden fields, other ids', async (t) => {
  const { bank, pay, patch, held, approve, customer } = await bankWithCustomer(t);
  const large = await held('1000.01');
  const own = (await pay('li')).body.approvalId;
  t.match(await approve('li', own), { status: 403, body: { code: 'approval_own' } });
  t.match(await approve('wang', (await patch('zhang', { phones: ['+8613900000003'] })).body.approvalId), { status: 403, body: { code: 'approval_own' } }, 'nor by whoever acts as oneself');
  const asLi = (await patch('zhangAsLi', { phones: ['+8613900000004'] })).body.approvalId;
  t.match(await approve('li', asLi), { status: 403, body: { code: 'approval_own' } }, 'nor by whom one acts as');
  t.match(await approve('zhang', large), { status: 403, body: { code: 'permission_missing' } });
  t.match(await approve('elsewhere', large), { status: 403, body: { code: 'outside_scope' } });
  t.match(await approve('reaching', large), { status: 403, body: { code: 'outside_scope' } }, 'who may decide everywhere but pay only elsewhere');
  t.match(await approve('limited', large), { status: 403, body: { code: 'amount_over_limit' } });
  t.match(await approve('reader', large), { status: 403, body: { code: 'permission_missing' } });
  t.match(await approve('bootstrap', '0198a7c2-0000-7000-8000-00000000dead'), { status: 404 });
  const [there, absent] = [await approve('elsewhere', large), await approve('elsewhere', '0198a7c2-0000-7000-8000-00000000dead')];
  t.same({ ...there.body, instance: '' }, { ...absent.body, instance: '' }, 'what is beyond reach and what is not there look the same');
  const [seen, unseen] = [await bank.send('elsewhere', 'GET', `/v1/approvals/${large}`), await bank.send('elsewhere', 'GET', '/v1/approvals/0198a7c2-0000-7000-8000-00000000dead')];
  t.same({ ...seen.body, instance: '' }, { ...unseen.body, instance: '' });
  t.match(await bank.send('li', 'POST', `/v1/approvals/${large}/withdrawal`), { status: 404, body: { code: 'approval_not_found' } }, 'another\'s request cannot be withdrawn');
  t.match(await bank.send('elsewhere', 'POST', `/v1/approvals/${large}/rejection`, { reason: 'x' }), { status: 403, body: { code: 'outside_scope' } });
  t.match(await bank.send('li', 'POST', `/v1/approvals/${own}/rejection`, { reason: 'x' }), { status: 403, body: { code: 'approval_own' } });
  t.equal(bank.till.runs, 0, 'the till was never reached');
  t.equal((await customer()).revision, 0);
  t.match((await approve('zhao', large)).body, { status: 'executed' }, 'control: who may, can');
  t.equal(bank.till.runs, 1);
});

t.test('attacks: a forged run, a body slipped in, a replay', async (t) => {
  const { bank, id, pay, held, approve } = await bankWithCustomer(t);
  const approvalId = await held();
  const asked = (await bank.records.history({ name: 'approval', initial: {}, evolve: (state: object) => state }, approvalId, { direction: 'forwards', limit: 1 }))![0]!;
  const { commandId } = asked.event.data as { commandId: string };
  for (const headers of [{ approver: 'li' }, { 'x-approved-run': approvalId }, { 'x-approver': 'li', 'x-command-id': commandId }, { 'x-correlation-id': asked.metadata.$correlationId }] as Record<string, string>[])
    t.equal((await bank.send('zhang', 'POST', `/v1/tills/${id}/payments`, { money: { amount: '900.00', currency: 'CNY' } }, { 'idempotency-key': `f${Object.keys(headers).join()}`, ...headers })).status, 202);
  t.equal(bank.till.runs, 0);
  t.equal((await bank.send('li', 'POST', `/v1/approvals/${approvalId}/approval`, { money: { amount: '1.00', currency: 'CNY' } })).status, 200, 'a body beside the approval is not looked at');
  t.equal(bank.paid.get(commandId)!.actor.id, 'zhang');
  t.match(bank.paid.get(commandId)!.approver, { id: 'li' });
  for (const who of ['li', 'zhao'] as const) t.equal((await approve(who, approvalId)).status, 422);
  t.equal(bank.till.runs, 1);

  // While an approved command runs, another request comes in: it is nobody's but its sender's.
  const second = await held('800.00');
  let during: number | undefined;
  bank.till.delay = async () => {
    bank.till.delay = async () => {};
    during = (await pay('zhang', '800.00')).status;
  };
  await approve('li', second);
  t.equal(during, 202, 'even from within the very context of the run');
});

t.test('killed between approval and execution, it is run when the bank starts again; killed after, it is not run twice', async (t) => {
  const { bank, held } = await bankWithCustomer(t);
  for (const reached of [false, true]) {
    const approvalId = await held(reached ? '700.00' : '600.00');
    const before = bank.paid.size;
    if (reached) bank.log.beforeAppend = async (_, [event]) => {
      if (event!.type === 'RequestExecuted') throw new Error('killed');
    };
    else bank.till.refuses = new Refusal({ code: 'outage' });
    await bank.send('li', 'POST', `/v1/approvals/${approvalId}/approval`);
    t.same(await bank.history(approvalId), ['ApprovalRequested', 'RequestApproved']);
    t.equal(bank.paid.size, before + (reached ? 1 : 0));
    bank.log.beforeAppend = async () => {};
    bank.till.refuses = undefined;
    await bank.restart();
    await bank.tick();
    t.same(await bank.history(approvalId), ['ApprovalRequested', 'RequestApproved', 'RequestExecuted']);
    t.equal(bank.paid.size, before + 1);
    await bank.tick();
    t.equal((await bank.history(approvalId)).length, 3, 'another tick finds nothing');
  }
});

t.test('refused when it is run: nothing changes, and it says why', async (t) => {
  const { bank, id, patch, approve, held, customer } = await bankWithCustomer(t);
  const { approvalId } = (await patch('zhang', { phones: ['+8613900000001'] })).body;
  await patch('zhang', { occupation: 'baker' });
  t.match((await approve('li', approvalId)).body, { status: 'refused', code: 'if_match_stale' });
  t.same(await bank.history(approvalId), ['ApprovalRequested', 'RequestApproved', 'RequestExecutionRefused']);
  t.match((await bank.send('li', 'GET', `/v1/approvals/${approvalId}`)).body, { status: 'refused', code: 'if_match_stale', decidedBy: { id: 'li' } });
  t.equal((await customer()).revision, 1);
  const gone = await held();
  bank.present.gone.add('zhang');
  t.match((await approve('li', gone)).body, { status: 'refused', code: 'unauthenticated' }, 'whoever left the bank does nothing any more');
  t.equal(bank.till.runs, 0);
  t.ok(id);
});

t.test('rejected, withdrawn and expired requests never run', async (t) => {
  const { bank, held, approve } = await bankWithCustomer(t);
  const [rejected, withdrawn, expired] = [await held('600.00'), await held('601.00'), await held('602.00')];
  t.equal((await bank.send('li', 'POST', `/v1/approvals/${rejected}/rejection`, { reason: 'no slip' })).status, 200);
  t.match((await bank.send('zhang', 'GET', `/v1/approvals/${rejected}`)).body, { status: 'rejected', reason: 'no slip', decidedBy: { id: 'li' } });
  t.equal((await bank.send('zhang', 'POST', `/v1/approvals/${withdrawn}/withdrawal`)).status, 200);
  bank.laterBy(24 * HOUR);
  t.match(await approve('li', expired), { status: 422, body: { code: 'approval_expired' } }, 'also before the tick');
  await bank.tick();
  await bank.tick();
  t.same(await bank.history(expired), ['ApprovalRequested', 'RequestExpired'], 'once');
  for (const id of [rejected, withdrawn, expired]) t.match(await approve('zhao', id), { status: 422, body: { code: 'approval_not_pending' } });
  t.equal(bank.till.runs, 0);
});

t.test('what a request would change, as its reader may see it', async (t) => {
  const { bank, id, registered, patch, pay } = await bankWithCustomer(t);
  const change = (await patch('zhang', { phones: ['+8613900000001'], occupation: 'baker' })).body.approvalId;
  t.same((await bank.send('li', 'GET', `/v1/approvals/${change}`)).body.changes, [
    { field: 'phones', before: registered.phones, after: ['+8613900000001'] }, { field: 'occupation', before: null, after: 'baker' },
  ]);
  const hidden = (await bank.send('reader', 'GET', `/v1/approvals/${change}`)).body;
  t.notMatch(JSON.stringify(hidden), /13900000001|baker/);
  const payment = (await pay('zhang', '900.00', 'm', { memo: 'for the baker' })).body.approvalId;
  t.same((await bank.send('li', 'GET', `/v1/approvals/${payment}`)).body.body, { money: { amount: '900.00', currency: 'CNY' }, memo: 'for the baker' });
  t.match(bank.accesses.at(-1), { route: 'GET /v1/approvals/:id', customers: [id], clear: ['free-text'], masked: [] }, 'the access log says that a text was shown');
  t.notMatch(JSON.stringify((await bank.send('reader', 'GET', `/v1/approvals/${payment}`)).body), /baker/, 'free texts only to whom they are clear');
});

t.test('approved by whose permit names the command, who could not send it', async (t) => {
  const { bank, pay, patch, held, approve, customer } = await bankWithCustomer(t);
  t.match(await pay('checker'), { status: 403, body: { code: 'permission_missing' } }, 'who checks does not make');
  t.match((await approve('checker', await held('1000.00'))).body, { status: 'executed' });
  t.match(await approve('checker', await held('1000.01')), { status: 403, body: { code: 'amount_over_limit' } }, 'up to the checker\'s limit');
  const change = (await patch('zhang', { phones: ['+8613900000001'] })).body.approvalId;
  t.match(await bank.send('cashChecker', 'GET', `/v1/approvals/${change}`), { status: 403, body: { code: 'outside_scope' } }, 'whose permits name other commands');
  t.match(await approve('cashChecker', change), { status: 403, body: { code: 'outside_scope' } });
  for (const id of [change, randomUUID()])
    t.match(await bank.send('cashOfAll', 'GET', `/v1/approvals/${id}`), { status: 403, body: { code: 'outside_scope' } }, 'whose permit names other commands everywhere is not told whether there is one');
  t.match(await bank.send('reaching', 'GET', `/v1/approvals/${randomUUID()}`), { status: 404, body: { code: 'approval_not_found' } }, 'whose permit names none is');
  t.match((await bank.send('checker', 'GET', `/v1/approvals/${change}`)).body.changes, [{ field: 'phones', before: [/\*/], after: [/^\+?\d*\*+\d*$/] }], 'what is masked to them stays masked');
  t.equal((await approve('checker', change)).body.status, 'executed');
  t.equal((await customer()).phones[0], '+8613900000001', 'control: it was in clear for the bank');
});

t.test('at the run the requester\'s rights are those of now', async (t) => {
  const { bank, held, approve } = await bankWithCustomer(t);
  const { rights } = people.zhang;
  const now = (change: (permits: Map<string, unknown>) => void) => {
    const permits = new Map(rights.permits);
    change(permits);
    bank.present.others.set('zhang', { ...people.zhang, rights: { ...rights, permits } });
  };
  const cases: [code: string, change: Parameters<typeof now>[0]][] = [
    ['permission_missing', (permits) => permits.delete('money.pay-out')],
    ['outside_scope', (permits) => permits.set('money.pay-out', [{ scope: 'branch', branches: new Set(['B2']) }])],
    ['amount_over_limit', (permits) => permits.set('money.pay-out', [{ scope: 'all', limits: new Map([['CNY', 1n]]) }])],
  ];
  for (const [code, change] of cases) {
    bank.present.others.clear();
    const approvalId = await held();
    now(change);
    t.match((await approve('li', approvalId)).body, { status: 'refused', code }, code);
    t.same(await bank.history(approvalId), ['ApprovalRequested', 'RequestApproved', 'RequestExecutionRefused']);
  }
  t.equal(bank.till.runs, 0);
  bank.present.others.clear();
  t.match((await approve('li', await held())).body, { status: 'executed' }, 'control: with the rights of before');
});

t.test('a rule changed or gone loses no request that is open', async (t) => {
  const { bank, held, approve } = await bankWithCustomer(t);
  const [first, second] = [await held('600.00'), await held('700.00')];
  bank.present.rules = [{ ...rules[0]!, above: new Map([['CNY', 1_000_000n]]) }];
  t.match((await approve('li', first)).body, { status: 'executed' });
  bank.present.rules = [];
  t.match((await bank.send('li', 'GET', `/v1/approvals/${second}`)).body, { status: 'pending', rule: 'large-payments' });
  t.match((await approve('li', second)).body, { status: 'executed' });
});

t.test('customers request changes of their own data, and see only what they requested themselves', async (t) => {
  const { bank, id, patch, approve, customer } = await bankWithCustomer(t);
  bank.present.rules = [{ name: 'by-customers', permission: 'customers.update', fields: ['name', 'phones'], roles: ['customer'], expiresAfterMs: HOUR }];
  bank.present.others.set(id, asCustomer(id));
  t.equal((await patch(id, { occupation: 'baker' })).status, 200, 'what no rule names they change at once');
  const asked = await patch(id, { name: '张卫' }, 1);
  t.equal(asked.status, 202);
  const other = (await bank.send('zhang', 'POST', '/v1/customers', person({ branch: 'B1', phones: ['+8613900000777'], idDocument: { type: 'FOREIGN-PASSPORT', number: 'T0099881', country: 'DE' } }))).body.id;
  t.match(await bank.send(id, 'PATCH', `/v1/customers/${other}`, { name: '张卫' }, { 'if-match': '*' }), { status: 403, body: { code: 'outside_scope' } }, 'nobody else\'s');
  t.match(await bank.send(id, 'GET', `/v1/approvals/${asked.body.approvalId}`), { status: 200, body: { status: 'pending', changes: [{ field: 'name', after: '张卫' }] } });
  bank.present.rules = rules;
  const byStaff = (await patch('zhang', { phones: ['+8613900000001'] }, 1)).body.approvalId;
  t.match(await bank.send(id, 'GET', `/v1/approvals/${byStaff}`), { status: 403, body: { code: 'outside_scope' } }, 'not what the bank is about to do');
  t.match(await approve(id, asked.body.approvalId), { status: 403, body: { code: 'permission_missing' } });
  t.match((await approve('li', asked.body.approvalId)).body, { status: 'executed' });
  t.match(await customer(), { name: '张卫' });
  const { items } = (await bank.send('bootstrap', 'GET', `/v1/customers/${id}/history`)).body;
  t.match(items.at(-1), { actor: { id, role: 'customer', channel: 'online' }, approver: { id: 'li' } });
  const withdrawn = (await bank.send(id, 'PATCH', `/v1/customers/${id}`, { phones: ['+8613900000002'] }, { 'if-match': '*' })).body.approvalId;
  t.equal((await bank.send(id, 'POST', `/v1/approvals/${withdrawn}/withdrawal`)).status, 200);
});

t.test('only the id under which a command was held keeps it from running twice', async (t) => {
  const { bank, held, approve } = await bankWithCustomer(t);
  const approvalId = await held();
  await approve('li', approvalId);
  const { state } = (await bank.approvals.load(approvalId))!;
  const { request, ...command } = state;
  const run = (commandId: string) => bank.runs.run({ ...request!, method: command.method, route: command.route }, { principal: people.zhang, approver: { ...people.li, branch: 'B1' }, commandId, correlationId: approvalId });
  t.equal((await run(state.commandId)).status, 201);
  t.equal(bank.paid.size, 1, 'run again it finds what it did');
  t.equal((await run('0198a7c2-0000-7000-8000-00000000beef')).status, 201);
  t.equal(bank.paid.size, 2, 'control: under another id it pays again');
});
