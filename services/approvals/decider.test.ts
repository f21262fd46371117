import t from 'tap';
import type { ApprovalCommand } from './commands.js';
import { decideApproval } from './decider.js';
import { approvalRejections, type ApprovalCode } from './rejections.js';
import type { ApprovalState, Asked, KnownApproval } from './state.js';

const NOW = new Date('2025-03-01T08:00:00.000Z');
const LATER = new Date('2025-03-03T08:00:00.000Z');
const ID = '0198a7c2-0000-7000-8000-0000000000a1';
const zhang = { id: 'zhang', role: 'teller', channel: 'counter' };
const li = { id: 'li', role: 'branch-manager', channel: 'counter' };
const asked: Asked = {
  approvalId: ID, customerId: undefined, commandId: ID, commandHash: 'h', rule: 'r', permission: 'money.pay-out', method: 'POST', route: '/v1/x', requester: zhang, branch: 'B1', manager: undefined,
  requestedAt: NOW.toISOString(), expiresAt: '2025-03-02T08:00:00.000Z', correlationId: 'c', request: { params: {} },
};
const pending: KnownApproval = { ...asked, status: 'pending' };
const decided = { ...asked, decidedBy: li };
const states: readonly ApprovalState[] = [
  { ...asked, status: 'expired' }, { ...asked, status: 'withdrawn' }, { ...decided, status: 'rejected', reason: 'x' }, { ...decided, status: 'approved' },
  { ...decided, status: 'executed', recordId: ID, position: '1' }, { ...decided, status: 'refused', code: 'x' },
];
const approve = (by: { id: string; actingAs?: string }, at = NOW): ApprovalCommand => ({ kind: 'approve', by, at });

/** Each breaks also every rule after its own that it can break at the same time. */
const refused: readonly [ApprovalCode, ApprovalState, ApprovalCommand][] = [
  ['approval_not_found', { status: 'absent' }, approve(zhang, LATER)],
  ['approval_own', { ...asked, status: 'withdrawn', request: undefined }, approve(zhang, LATER)],
  ['approval_of_another', { ...asked, status: 'expired' }, { kind: 'withdraw', by: li }],
  ['approval_not_pending', { ...asked, status: 'withdrawn', request: undefined }, approve(li, LATER)],
  ['approval_expired', { ...pending, request: undefined } as KnownApproval, approve(li, LATER)],
  ['approval_unreadable', { ...pending, request: undefined } as KnownApproval, approve(li)],
];

t.test('every refusal, in the order of the table', async (t) => {
  t.same(refused.map(([code]) => code), approvalRejections.map(({ code }) => code));
  for (const [code, state, command] of refused) t.match(decideApproval(state, command), { outcome: 'reject', rejection: { code } }, code);
});

t.test('nobody decides on their own, whoever acts for whom', async (t) => {
  const requested = (requester: object): KnownApproval => ({ ...pending, requester: { ...zhang, ...requester } });
  const own: [object, { id: string; actingAs?: string }][] = [
    [{}, { id: 'zhang' }], [{}, { id: 'zhang', actingAs: 'li' }], [{}, { id: 'li', actingAs: 'zhang' }], [{ actingAs: 'li' }, { id: 'li' }], [{ actingAs: 'li' }, { id: 'wang', actingAs: 'li' }], [{ actingAs: 'li' }, { id: 'zhang' }],
  ];
  for (const [requester, by] of own) {
    t.match(decideApproval(requested(requester), approve(by)), { outcome: 'reject', rejection: { code: 'approval_own' } });
    t.match(decideApproval(requested(requester), { kind: 'reject', by, at: NOW, reason: 'x' }), { outcome: 'reject', rejection: { code: 'approval_own' } });
  }
  t.match(decideApproval(pending, approve({ id: 'wang', actingAs: 'li' })), { outcome: 'accept' }, 'control: others do');
});

t.test('what each command does to each state', async (t) => {
  t.match(decideApproval(pending, approve(li)), { outcome: 'accept', events: [{ type: 'RequestApproved' }] });
  t.match(decideApproval(pending, { kind: 'reject', by: li, at: NOW, reason: 'x' }), { outcome: 'accept', events: [{ type: 'RequestRejected', data: { reason: 'x' } }] });
  t.match(decideApproval(pending, { kind: 'withdraw', by: zhang }), { outcome: 'accept', events: [{ type: 'RequestWithdrawn' }] });
  t.match(decideApproval(pending, { kind: 'expire', at: NOW }), { outcome: 'nothing' }, 'not before its time');
  t.match(decideApproval(pending, { kind: 'expire', at: new Date(asked.expiresAt) }), { outcome: 'accept', events: [{ type: 'RequestExpired' }] });
  const executed: ApprovalCommand = { kind: 'note-executed', recordId: ID, position: '7' };
  for (const state of states) {
    const { status } = state;
    for (const command of [approve(li), { kind: 'reject', by: li, at: NOW, reason: 'x' }, { kind: 'withdraw', by: zhang }] as const)
      t.match(decideApproval(state, command), { outcome: 'reject', rejection: { code: 'approval_not_pending' } }, `${status} ${command.kind}`);
    t.match(decideApproval(state, { kind: 'expire', at: LATER }), { outcome: 'nothing' }, status);
    t.equal(decideApproval(state, executed).outcome, status === 'approved' || status === 'refused' ? 'accept' : 'nothing', status);
    t.equal(decideApproval(state, { kind: 'note-refused', code: 'x' }).outcome, status === 'approved' ? 'accept' : 'nothing', status);
  }
  t.match(decideApproval(pending, executed), { outcome: 'nothing' }, 'what was not approved cannot have run');
});
