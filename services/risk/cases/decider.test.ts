import t from 'tap';
import { caseRejections, type CaseCode } from '../rejections.js';
import { alert, CASE, closed, CUSTOMER, NOW, of, open, run, snoozed } from '../testing/stories.js';
import type { CaseCommand, WorkCase } from './commands.js';
import { decideCase, LONGEST_SNOOZE_DAYS } from './decider.js';
import type { CaseState } from './state.js';

const li = { id: 'li' };
const customer = { id: CUSTOMER };
const stale = () => false;
const fresh = () => true;
const close = (by = li, precondition = fresh, worksOnAll = true): WorkCase => ({ kind: 'close', by, precondition, outcome: 'false_positive', reason: 'x', worksOnAll });
const later = new Date(NOW.getTime() + (LONGEST_SNOOZE_DAYS + 1) * 86_400_000);
const escalated = run(open, ['RiskCaseEscalated', { ...of, reason: 'large' }]);
/** Not the decider's: the record's reader and its writer refuse them. */
const ELSEWHERE: readonly string[] = ['alert_not_found', 'case_customer_erased'];

/** Each breaks also every rule after its own that it can break at the same time. */
const refused: readonly [CaseCode | 'if_match_stale', CaseState, CaseCommand][] = [
  ['case_not_found', { status: 'absent' }, close(customer, stale)],
  ['case_own', closed, close(customer, stale)],
  ['if_match_stale', closed, close(li, stale)],
  ['case_closed', run(escalated, ['RiskCaseClosed', { ...of, outcome: 'false_positive', reason: 'x' }]), close({ id: 'zhang' }, fresh, false)],
  ['case_assignee_unable', open, { kind: 'assign', by: li, precondition: fresh, assignee: 'wang', isAble: false }],
  ['case_snooze_invalid', open, { kind: 'snooze', by: li, precondition: fresh, at: NOW, until: later, reason: 'x' }],
  ['case_not_snoozed', open, { kind: 'wake', by: li, precondition: fresh }],
  ['case_escalated_already', escalated, { kind: 'escalate', by: li, precondition: fresh, reason: 'x' }],
  ['case_escalated', escalated, close(li, fresh, false)],
];

t.test('every refusal, in the order of the table', async (t) => {
  t.same(refused.map(([code]) => code).filter((code) => code !== 'if_match_stale'), caseRejections.map(({ code }) => code).filter((code) => !ELSEWHERE.includes(code)));
  for (const [code, state, command] of refused) t.match(decideCase(state, 3n, command), { outcome: 'reject', rejection: { code } }, code);
});

const eventsOf = (state: CaseState, command: CaseCommand) => {
  const decision = decideCase(state, 3n, command);
  return decision.outcome === 'accept' ? decision.events.map(({ type, data }) => ({ type, ...data })) : decision.outcome;
};
const raise = (severity: 'low' | 'medium' | 'high' | 'critical' = 'medium'): CaseCommand => ({ kind: 'raise-alert', caseId: CASE, alert: alert({ severity }) });

t.test('an alert opens a case, folds into the open one, raises its severity and never lowers it, and opens the next round of a closed one', async (t) => {
  t.match(eventsOf({ status: 'absent' }, raise()), [{ type: 'RiskCaseOpened', ...of, severity: 'medium' }, { type: 'AlertRaised', ...of, muted: false }]);
  t.match(eventsOf(open, raise('low')), [{ type: 'AlertRaised', ...of, severity: 'low' }]);
  t.equal((eventsOf(open, raise('medium')) as object[]).length, 1);
  t.match(eventsOf(open, raise('critical')), [{ type: 'AlertRaised' }, { type: 'RiskCaseSeverityRaised', ...of, severity: 'critical' }]);
  t.match(eventsOf(closed, raise('low')), [{ type: 'RiskCaseOpened', caseId: CASE, round: 2, severity: 'low' }, { type: 'AlertRaised', round: 2 }]);
});

t.test('a snoozed case counts alerts and tells nobody, until its time is up, somebody wakes it or escalates it', async (t) => {
  t.match(eventsOf(snoozed, raise('high')), [{ type: 'AlertRaised', ...of, muted: true }, { type: 'RiskCaseSeverityRaised' }]);
  const counted = run(snoozed, ['AlertRaised', { ...of, ...alert(), muted: true }]);
  t.match(counted, { status: 'snoozed', alerts: 2, muted: 1 });
  t.equal(eventsOf(counted, { kind: 'end-snooze', at: NOW }), 'nothing', 'not yet');
  const due = new Date(counted.status === 'snoozed' ? counted.until : 0);
  t.same(eventsOf(counted, { kind: 'end-snooze', at: due }), [{ type: 'RiskCaseWoken', ...of, muted: 1 }]);
  t.same(eventsOf(counted, { kind: 'wake', by: li, precondition: fresh }), [{ type: 'RiskCaseWoken', ...of, muted: 1 }]);
  t.match(eventsOf(counted, { kind: 'escalate', by: li, precondition: fresh, reason: 'x' }), [{ type: 'RiskCaseWoken' }, { type: 'RiskCaseEscalated' }]);
  t.equal(eventsOf(open, { kind: 'end-snooze', at: due }), 'nothing');
  t.equal(eventsOf({ status: 'absent' }, { kind: 'end-snooze', at: due }), 'nothing');
});

t.test('an escalated case is closed by another, whoever acts for whom; it is assigned once; and closing says as what', async (t) => {
  t.match(eventsOf(escalated, close({ id: 'zhang' })), 'reject', 'zhang escalated it');
  t.match(decideCase(escalated, 3n, { ...close(), by: { id: 'wang', actingAs: 'zhang' } }), { rejection: { code: 'case_escalated' } });
  t.match(eventsOf(escalated, close()), [{ type: 'RiskCaseClosed', ...of, outcome: 'false_positive' }]);
  const assign: WorkCase = { kind: 'assign', by: li, precondition: fresh, assignee: 'li', isAble: true };
  t.match(eventsOf(open, assign), [{ type: 'RiskCaseAssigned', assignee: 'li' }]);
  t.equal(eventsOf(run(open, ['RiskCaseAssigned', { ...of, assignee: 'li' }]), assign), 'nothing');
  t.match(eventsOf(open, { kind: 'assign', by: li, precondition: fresh, assignee: null, isAble: false }), 'nothing', 'nobody has it as it is');
  t.match(decideCase(open, 3n, { ...close(), by: { id: 'wang', actingAs: CUSTOMER } }), { rejection: { code: 'case_own' } });
});
