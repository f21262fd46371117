import t from 'tap';
import { allRights, type Rights } from '../../shared/access/rights.js';
import { defaultApprovalRules } from '../../shared/access/default-approval-rules.js';
import { defaultRoles } from '../../shared/access/default-roles.js';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { ApprovalRuleText, PermitText } from '../../shared/events/access/values.js';
import { BOUNDS } from './bounds.js';
import type { AccessCommand, By } from './commands.js';
import { decide } from './decider.js';
import { rightsOf } from './held-rights.js';
import { accessRejections } from './rejections.js';
import { emptyState, type AccessState } from './state.js';
import { after, ANNA, ANNA_TELLS, any, assign, BEN, by, CARL, DAY, found, hire, HOUR, idOf, KEY, later, NOW, ROOT, ROOT_ADMINISTERS, ROOT_MANAGES, staffed, SWITCH, system } from './testing/staffed-state.js';

const [NEW, OTHER] = [idOf(90), idOf(91)] as [string, string];
const stale = { precondition: () => false };
const role = (name: string) => staffed.roles.get(name)!;
const permit = (permission: string, limits?: Record<string, string>) => ({ permission, scope: 'all' as const, ...(limits && { limits }) });
const define = (name: string, permits: PermitText[] = [permit('customers.read')], views = {}): AccessCommand => ({ kind: 'define-role', role: name, title: 'T', permits, views });
const register = (name: string, permits: PermitText[] = [permit('customers.read')], branch = 'B1', views = {}): AccessCommand => ({ kind: 'register-client', clientId: NEW, name, permits, branch, views, within: allRights('bootstrap') });
const grant = (staffId: string, change: Partial<Extract<AccessCommand, { kind: 'grant' }>> = {}): AccessCommand =>
  ({ kind: 'grant', staffId, grantId: NEW, granted: { kind: 'role', role: 'approver' }, branch: 'B1', until: later(DAY), reason: 'r', ...any, ...change });
const rule = (change: Partial<ApprovalRuleText> = {}): ApprovalRuleText => ({ title: 'T', permission: 'money.transfer', expiresAfterSeconds: 1, ...change });
const defineRule = (name: string, change?: Partial<ApprovalRuleText>): AccessCommand => ({ kind: 'define-approval-rule', rule: name, text: rule(change) });
const changeRule = (name: string, change: Partial<ApprovalRuleText>): AccessCommand => ({ kind: 'change-approval-rule', rule: name, text: { ...staffed.approvalRules.get(name)!, ...change }, ...any });
const retireRule = (name: string): AccessCommand => ({ kind: 'retire-approval-rule', rule: name, ...any });
const rootRights = (): Rights => rightsOf(staffed, ROOT, NOW)!;
const addKey = (): AccessCommand => ({ kind: 'add-client-key', clientId: SWITCH, keyId: NEW, within: rootRights(), ...any });
const leaveGiven = () => after(staffed, { kind: 'allow-client-key', clientId: SWITCH, within: rootRights(), ...any }, approved(by(ROOT)));
const approved = (who: By): By => ({ ...who, approver: { id: ANNA } });
const actAs = (asStaffId: string, until = later(HOUR)): AccessCommand => ({ kind: 'act-as', actAsId: NEW, asStaffId, until, reason: 'r' });
const link = (staffId: string, change: object = any): AccessCommand => ({ kind: 'link-subject', staffId, issuer: 'https://login.bank.example', subjectDigest: 'A'.repeat(43), ...any, ...change });
const unlink = (staffId: string): AccessCommand => ({ kind: 'unlink-subject', staffId, ...any });
const move = (branch: string, parent: string): AccessCommand => ({ kind: 'change-branch', branch, parent, ...any });
const close = (branch: string): AccessCommand => ({ kind: 'close-branch', branch, ...any });

/** The same state with so many more of something, whatever they are. */
const crowded = <K extends 'branches' | 'roles' | 'staff' | 'clients' | 'approvalRules'>(kind: K, count: number): AccessState => {
  const [, some] = [...staffed[kind]][0]!;
  return { ...staffed, [kind]: new Map<string, unknown>([...staffed[kind], ...Array.from({ length: count }, (_, n) => [`n${n}`, { ...some, name: `n${n}` }] as const)]) };
};
const deep = Array.from({ length: BOUNDS.branchDepth - 1 }, (_, n) => n).reduce((state, n) => after(state, { kind: 'open-branch', branch: `D${n}`, title: 'D', parent: n === 0 ? 'B2' : `D${n - 1}` }), staffed);
const deepest = `D${BOUNDS.branchDepth - 2}`;
const times = (count: number, step: (state: AccessState, n: number) => AccessState): AccessState => Array.from({ length: count }, (_, n) => n).reduce(step, staffed);

const linked = after(staffed, link(ANNA), approved(by(ROOT)));

/** With an administrator of the demonstration besides. */
const demonstrating = after(after(staffed, hire(OTHER, 'demo.administrator'), { ...system, demonstrates: true }), assign(OTHER, NEW, 'administrator'));

const annaForADay = after(staffed, assign(ANNA, NEW, 'administrator', 'head-office', { until: later(DAY) }));
const transfersTomorrow = after(
  after(staffed, { kind: 'end-assignment', staffId: ROOT, assignmentId: ROOT_MANAGES, ...any }),
  assign(ROOT, NEW, 'branch-manager', 'B2', { from: later(DAY) }));

/** Every row breaks the rule named, and wherever it can, one that comes later in the table too. */
const rows: [code: string, title: string, command: AccessCommand, who?: By, state?: AccessState][] = [
  ['permission_unknown', 'a role; with a wrong limit', define('teller', [permit('money.print', { CNY: '1' })])],
  ['permission_unknown', 'a change of a role that is not there', { kind: 'change-role', role: 'nobody', permits: [permit('toString')], ...any }],
  ['permission_unknown', 'a grant to nobody', grant(NEW, { granted: { kind: 'permission', permit: permit('x') } })],
  ['permission_unknown', 'a client', register('card-switch', [permit('constructor')])],
  ['limits_invalid', 'too few decimals', define('teller', [permit('money.pay-in', { CNY: '1.0' })])],
  ['limits_invalid', 'no such currency', define('teller', [permit('money.pay-in', { XXX: '1.00' })])],
  ['limits_invalid', 'too large', register('card-switch', [permit('money.pay-in', { JPY: '1000000000000001' })])],
  ['limits_invalid', 'a grant', grant(NEW, { granted: { kind: 'permission', permit: permit('money.pay-in', { JPY: '1.0' }) } })],
  ['permission_unknown', 'an approval rule', defineRule('large-transfers', { permission: 'money.print', above: { CNY: '1.0' } })],
  ['limits_invalid', 'an approval rule of what never waits', defineRule('large-transfers', { permission: 'self.use', above: { CNY: '1.0' } })],
  ['commands_invalid', 'a permit that is not to decide', define('teller', [{ ...permit('customers.read'), commands: ['money.transfer'] }], { secrets: 'clear' })],
  ['commands_invalid', 'to decide on what never waits', define('teller', [{ ...permit('approvals.decide'), commands: ['money.transfer', 'approvals.decide'] }])],
  ['never_held', 'one\'s own', defineRule('large-transfers', { permission: 'self.use' })],
  ['never_held', 'a rule changed', { kind: 'change-approval-rule', rule: 'nobody', text: rule({ permission: 'approvals.decide' }), ...stale }],
  ['views_invalid', 'a role', define('teller', [], { secrets: 'clear' })],
  ['views_invalid', 'a client', register('card-switch', [], 'B1', { secrets: 'clear' })],
  ['times_invalid', 'a beginning in the past', assign(NEW, NEW, 'teller', 'B1', { from: later(-1) })],
  ['times_invalid', 'more than a year ahead', assign(NEW, NEW, 'teller', 'B1', { from: later(367 * DAY) })],
  ['times_invalid', 'an end before its beginning', assign(NEW, NEW, 'teller', 'B1', { from: later(DAY), until: later(DAY) })],
  ['times_invalid', 'a temporary grant of a hundred days', grant(NEW, { until: later(100 * DAY) })],
  ['times_invalid', 'a day in another\'s place', actAs(NEW, later(DAY))],
  ['staff_not_found', 'assigned', assign(NEW, NEW, 'nobody', 'nowhere')],
  ['staff_not_found', 'suspended', { kind: 'suspend', staffId: NEW, ...stale }],
  ['staff_not_found', 'acted as', actAs(NEW), by(ROOT)],
  ['client_not_found', 'changed', { kind: 'change-client', within: allRights('bootstrap'), clientId: NEW, branch: 'nowhere', ...stale }],
  ['role_not_found', 'retired', { kind: 'retire-role', role: 'nobody', ...stale }],
  ['approval_rule_not_found', 'retired', { kind: 'retire-approval-rule', rule: 'nobody', ...stale }],
  ['branch_not_found', 'closed', { kind: 'close-branch', branch: 'nowhere', ...stale }],
  ['assignment_not_found', 'another\'s', { kind: 'end-assignment', staffId: ANNA, assignmentId: ROOT_ADMINISTERS, ...stale }],
  ['grant_not_found', 'ended', { kind: 'end-grant', staffId: ANNA, grantId: NEW, ...stale }],
  ['act_as_not_found', 'ended', { kind: 'end-act-as', actAsId: NEW }, by(ROOT)],
  ['key_not_found', 'retired', { kind: 'retire-client-key', clientId: SWITCH, keyId: NEW, ...stale }],
  ['if_match_stale', 'oneself assigned', { ...assign(ROOT, NEW, 'teller'), ...stale } as AccessCommand, by(ROOT)],
  ['if_match_stale', 'who has left', { kind: 'suspend', staffId: CARL, ...stale }],
  ['if_match_stale', 'an assignment ended', { kind: 'end-assignment', staffId: ROOT, assignmentId: ROOT_ADMINISTERS, ...stale }],
  ['if_match_stale', 'a role in use', { kind: 'retire-role', role: 'teller', ...stale }],
  ['if_match_stale', 'a branch in use', { kind: 'close-branch', branch: 'B1', ...stale }],
  ['if_match_stale', 'a client', { kind: 'revoke-client', clientId: SWITCH, ...stale }],
  ['if_match_stale', 'a rule that binds oneself', { kind: 'retire-approval-rule', rule: 'large-transfers', ...stale }, by(ROOT)],
  ['own_rights', 'a rule that binds oneself, retired', retireRule('large-transfers'), by(ROOT)],
  ['own_rights', 'its amount raised', changeRule('large-transfers', { above: { ...staffed.approvalRules.get('large-transfers')!.above, CNY: '50000.01' } }), by(ROOT)],
  ['own_rights', 'a currency let through', changeRule('large-transfers', { above: { ...staffed.approvalRules.get('large-transfers')!.above, GBP: '1.00' } }), by(ROOT)],
  ['own_rights', 'somebody exempt', changeRule('reversals', { exemptRoles: ['branch-manager'] }), by(ROOT)],
  ['own_rights', 'only for some', changeRule('reversals', { roles: ['teller'] }), by(ROOT)],
  ['own_rights', 'a field less', changeRule('identity', { fields: ['name'] }), by(ROOT)],
  ['own_rights', 'of something else', changeRule('reversals', { permission: 'money.hold' }), by(ROOT)],
  ['own_rights', 'a rule on administering', retireRule('two'), by(ROOT), after(staffed, defineRule('two', { permission: 'access.administer' }))],
  ['own_rights', 'a role to oneself, even an unknown one', assign(ROOT, NEW, 'nobody'), by(ROOT)],
  ['own_rights', 'a role to whom one acts as', assign(ANNA, NEW, 'teller', 'B2'), { actor: { id: ROOT, actingAs: ANNA }, at: NOW }],
  ['own_rights', 'a grant to oneself', grant(ROOT), by(ROOT)],
  ['own_rights', 'one\'s own transfer, with what one may do there', { kind: 'change-staff', staffId: ROOT, branch: 'nowhere', ...any }, by(ROOT)],
  ['own_rights', 'one\'s own suspension lifted', { kind: 'reinstate', staffId: BEN, ...any }, by(BEN)],
  ['own_rights', 'a client\'s own permits', { kind: 'change-client', within: allRights('bootstrap'), clientId: SWITCH, permits: [], ...any }, by(SWITCH)],
  ['own_rights', 'a client\'s own key', { kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: NEW, ...any }, by(SWITCH)],
  ['own_rights', 'a role that one has, made greater', { kind: 'change-role', role: 'administrator', permits: [...role('administrator').permits, permit('money.pay-out')], ...any }, by(ROOT)],
  ['own_rights', 'its limits raised', { kind: 'change-role', role: 'teller', permits: role('teller').permits.map(({ limits: _, ...rest }) => rest), ...any }, by(ANNA)],
  ['own_rights', 'its reach made greater', { kind: 'change-role', role: 'teller', permits: role('teller').permits.map((one) => ({ ...one, scope: 'all' as const })), ...any }, by(ANNA)],
  ['own_rights', 'its views cleared', { kind: 'change-role', role: 'administrator', views: { staff: 'clear', marketing: 'masked' }, ...any }, by(ROOT)],
  ['own_rights', 'what one holds for a day, put into a role that one keeps', { kind: 'change-role', role: 'teller', permits: [...role('teller').permits, permit('access.administer')], ...any }, by(ANNA), annaForADay],
  ['own_rights', 'a rule on what one may do from tomorrow', retireRule('large-transfers'), by(ROOT, NOW), transfersTomorrow],
  ['own_rights', 'a branch moved below one\'s own', move('B1', 'B2'), by(ROOT)],
  ['client_beyond_own', 'registered, with a name that is taken', { ...register('card-switch', [permit('ledger.post')]), within: rootRights() } as AccessCommand, by(ROOT)],
  ['client_beyond_own', 'its views', { ...register('new', [], 'B2', { marketing: 'clear' }), within: rootRights() } as AccessCommand, by(ROOT)],
  ['client_beyond_own', 'further than one reaches', { ...register('new', [{ permission: 'money.transfer', scope: 'branch' }], 'B1'), within: rootRights() } as AccessCommand, by(ROOT)],
  ['client_beyond_own', 'changed', { kind: 'change-client', clientId: SWITCH, within: rootRights(), permits: [permit('money.hold')], branch: 'nowhere', ...any }, by(ROOT)],
  ['client_beyond_own', 'to decide on what one may not do', { ...register('new', [{ ...permit('approvals.decide'), commands: ['ledger.post'] }]), within: rootRights() } as AccessCommand, by(ROOT)],
  ['client_beyond_own', 'leave to ask for its key', { kind: 'allow-client-key', clientId: SWITCH, within: rootRights(), ...any }, by(ROOT)],
  ['client_beyond_own', 'its key without leave', addKey(), by(ROOT)],
  ['client_beyond_own', 'its key with approval alone, which no key can wait for', addKey(), approved(by(ROOT))],
  ['client_beyond_own', 'its key with another\'s leave', addKey(), by(ANNA), leaveGiven()],
  ['client_beyond_own', 'its key a day after', addKey(), by(ROOT, new Date(NOW.getTime() + DAY)), leaveGiven()],
  ['client_beyond_own', 'a second key', { ...addKey(), keyId: OTHER } as AccessCommand, by(ROOT), after(leaveGiven(), addKey(), by(ROOT))],
  ['client_beyond_own', 'its key once it was given more', addKey(), by(ROOT), after(leaveGiven(), { kind: 'change-client', within: allRights('bootstrap'), clientId: SWITCH, permits: [permit('money.hold')], ...any })],
  ['staff_not_found', 'linked', link(NEW, { ...stale }), by(ROOT)],
  ['own_rights', 'a subject for oneself, although approved', link(ROOT), approved(by(ROOT))],
  ['own_rights', 'a subject for whom one acts as', link(ANNA), { ...by(ROOT), actor: { id: ROOT, actingAs: ANNA } }],
  ['second_person_needed', 'a subject, for who has left', link(CARL), by(ROOT)],
  ['second_person_needed', 'by the bank itself', link(ANNA)],
  ['staff_left', 'linked, to a subject that is taken', link(CARL), approved(by(ROOT)), linked],
  ['subject_taken', 'of another', link(BEN), approved(by(ROOT)), linked],
  ['staff_left', 'assigned an unknown role', assign(CARL, NEW, 'nobody')],
  ['staff_left', 'a username that is taken', { kind: 'change-staff', staffId: CARL, username: 'anna', ...any }],
  ['staff_left', 'reinstated', { kind: 'reinstate', staffId: CARL, ...any }],
  ['staff_left', 'acted as', actAs(CARL), by(ROOT)],
  ['client_revoked', 'changed', { kind: 'change-client', within: allRights('bootstrap'), clientId: SWITCH, branch: 'nowhere', ...any }, system, after(staffed, { kind: 'revoke-client', clientId: SWITCH, ...any })],
  ['username_reserved', 'of a demonstration', hire(NEW, 'demo.teller', 'nowhere')],
  ['username_reserved', 'changed to one', { kind: 'change-staff', staffId: ANNA, username: 'demo.anna', ...any }],
  ['username_taken', 'the same, at an unknown branch', hire(NEW, 'anna', 'nowhere')],
  ['username_taken', 'one that looks like it', hire(NEW, 'r00t')],
  ['username_taken', 'of somebody who has left', hire(NEW, 'carl')],
  ['username_taken', 'one that somebody had before', hire(NEW, 'anna'), system, after(staffed, { kind: 'change-staff', staffId: ANNA, username: 'anne', ...any })],
  ['username_taken', 'changed to another\'s', { kind: 'change-staff', staffId: ANNA, username: 'ben', branch: 'nowhere', ...any }],
  ['role_exists', 'of a retired one too', define('gone')],
  ['approval_rule_exists', 'of a retired one too', defineRule('large-transfers'), system, after(staffed, retireRule('large-transfers'))],
  ['branch_exists', 'in other capitals, below an unknown one', { kind: 'open-branch', branch: 'b1', title: 'T', parent: 'nowhere' }],
  ['client_exists', 'the same name, at an unknown branch', register('card-switch', [], 'nowhere')],
  ['already_assigned', 'for some of the time', assign(ANNA, NEW, 'teller', 'B1', { from: later(DAY), until: later(2 * DAY) })],
  ['branch_unknown', 'hired', hire(NEW, 'new', 'nowhere')],
  ['branch_unknown', 'assigned an unknown role', assign(ANNA, NEW, 'nobody', 'nowhere')],
  ['branch_unknown', 'moved below it', move('B1', 'nowhere')],
  ['branch_unknown', 'a client', register('new', [], 'nowhere')],
  ['branch_closed', 'hired', hire(NEW, 'new', 'OLD')],
  ['branch_closed', 'assigned an unknown role', assign(ANNA, NEW, 'nobody', 'OLD')],
  ['branch_closed', 'moved below it', move('B1', 'OLD')],
  ['branch_closed', 'renamed', { kind: 'change-branch', branch: 'OLD', title: 'Older', ...any }],
  ['role_unknown', 'assigned', assign(ANNA, NEW, 'toString')],
  ['role_unknown', 'granted', grant(ANNA, { granted: { kind: 'role', role: 'nobody' } })],
  ['role_retired', 'assigned', assign(ANNA, NEW, 'gone')],
  ['role_retired', 'granted', grant(ANNA, { granted: { kind: 'role', role: 'gone' } })],
  ['role_retired', 'changed', { kind: 'change-role', role: 'gone', title: 'Back', ...any }],
  ['approval_rule_retired', 'changed', changeRule('large-transfers', {}), by(ROOT), after(staffed, retireRule('large-transfers'))],
  ['head_office_fixed', 'moved', move('head-office', 'B1')],
  ['head_office_fixed', 'closed', close('head-office')],
  ['branch_cycle', 'below itself', move('B1', 'B1')],
  ['branch_cycle', 'below what is below it', move('B1', 'B11')],
  ['branch_too_deep', 'opened', { kind: 'open-branch', branch: 'X', title: 'X', parent: deepest }, system, deep],
  ['branch_too_deep', 'moved with what is below', move('B1', `D${BOUNDS.branchDepth - 3}`), system, deep],
  ['branch_in_use', 'a branch below', close('B1'), system, after(staffed, { kind: 'change-staff', staffId: ANNA, branch: 'B2', ...any })],
  ['branch_in_use', 'staff of it', close('B11'), system, after(staffed, hire(NEW, 'new', 'B11'))],
  ['branch_in_use', 'an assignment at it that lies ahead', close('B11'), system, after(staffed, assign(ANNA, NEW, 'teller', 'B11', { from: later(DAY), until: later(2 * DAY) }))],
  ['branch_in_use', 'a grant at it', close('B11'), system, after(staffed, grant(ANNA, { branch: 'B11' }))],
  ['branch_in_use', 'a client of it', close('B11'), system, after(staffed, { kind: 'change-client', within: allRights('bootstrap'), clientId: SWITCH, branch: 'B11', ...any })],
  ['role_in_use', 'assigned', { kind: 'retire-role', role: 'teller', ...any }],
  ['role_in_use', 'granted', { kind: 'retire-role', role: 'approver', ...any }, system, after(staffed, grant(ANNA))],
  ['act_as_refused', 'oneself', actAs(ROOT), by(ROOT)],
  ['act_as_refused', 'who is suspended', actAs(BEN), by(ROOT)],
  ['act_as_refused', 'by a client', actAs(ANNA), by(SWITCH)],
  ['act_as_refused', 'while acting already', actAs(ANNA), { actor: { id: ROOT, actingAs: BEN }, at: NOW }],
  ['too_many', 'branches', { kind: 'open-branch', branch: 'X', title: 'X', parent: 'B1' }, system, crowded('branches', BOUNDS.branches)],
  ['too_many', 'roles', define('new'), system, crowded('roles', BOUNDS.roles)],
  ['too_many', 'staff', hire(NEW, 'new'), system, crowded('staff', BOUNDS.staff)],
  ['too_many', 'clients', register('new'), system, crowded('clients', BOUNDS.clients)],
  ['too_many', 'approval rules', defineRule('new'), system, crowded('approvalRules', BOUNDS.approvalRules)],
  ['too_many', 'assignments', assign(ANNA, NEW, 'teller', 'B2'), system, times(BOUNDS.assignmentsOfOne - 1, (state, n) => after(state, assign(ANNA, idOf(1000 + n), 'teller', 'B11', { from: later(n * DAY), until: later((n + 1) * DAY) })))],
  ['too_many', 'grants', grant(ANNA), system, times(BOUNDS.grantsOfOne, (state, n) => after(state, grant(ANNA, { grantId: idOf(1000 + n) })))],
  ['too_many', 'acting', actAs(ANNA), by(ROOT), times(BOUNDS.actAsOfOne, (state, n) => after(state, { ...actAs(ANNA), actAsId: idOf(1000 + n) } as AccessCommand, by(ROOT)))],
  ['too_many', 'keys', { kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: NEW, ...any }, system, times(BOUNDS.keysOfOne - 1, (state, n) => after(state, { kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: idOf(1000 + n), ...any }))],
  ['last_administrator', 'suspended', { kind: 'suspend', staffId: ROOT, ...any }],
  ['last_administrator', 'leaving', { kind: 'leave', staffId: ROOT, ...any }, by(ROOT)],
  ['last_administrator', 'the assignment ended', { kind: 'end-assignment', staffId: ROOT, assignmentId: ROOT_ADMINISTERS, ...any }],
  ['last_administrator', 'the role made smaller', { kind: 'change-role', role: 'administrator', permits: [], ...any }],
  ['last_administrator', 'its reach made smaller', { kind: 'change-role', role: 'administrator', permits: [{ permission: 'access.administer', scope: 'branch' }], ...any }],
  ['last_administrator', 'another of the demonstration', { kind: 'suspend', staffId: ROOT, ...any }, system, demonstrating],
  ['last_administrator', 'another only until a day', { kind: 'suspend', staffId: ROOT, ...any }, system, after(staffed, assign(ANNA, NEW, 'administrator', 'B1', { until: later(DAY) }))],
];

for (const [code, title, command, who = system, state = staffed] of rows)
  t.test(`${code}: ${title}`, async (t) => {
    const decision = decide(state, command, who);
    t.equal(decision.outcome === 'reject' ? decision.rejection.code : decision.outcome, code);
  });

t.test('every refusal of the table has a row', async (t) => {
  t.same(accessRejections.map(({ code }) => code).filter((code) => !rows.some(([of]) => of === code)), []);
});

t.test('faults name their places', async (t) => {
  const placesOf = (command: AccessCommand) => {
    const decision = decide(staffed, command, system);
    return decision.outcome === 'reject' ? decision.rejection.errors?.map(({ pointer }) => pointer) : decision;
  };
  t.same(placesOf(define('new', [permit('self.use'), permit('money.pay-in', { CNY: '1', EUR: '1.00', USD: '-1.00' })])), ['/permits/1/limits/CNY', '/permits/1/limits/USD']);
  t.same(placesOf(grant(ANNA, { granted: { kind: 'permission', permit: permit('money.pay-in', { JPY: '1.0' }) } })), ['/permit/limits/JPY']);
  t.same(placesOf(assign(ANNA, NEW, 'teller', 'B2', { from: later(-2), until: later(-2) })), ['/from', '/until']);
  t.same(placesOf(define('new', [], { secrets: 'clear', name: 'clear' })), ['/views/secrets']);
});

const accepted: [title: string, command: AccessCommand, events: AdministrationEvent[], who?: By, state?: AccessState][] = [
  ['another administrator makes the last one free', { kind: 'leave', staffId: ROOT, reason: 'retired', ...any }, [{ type: 'StaffLeft', data: { staffId: ROOT, reason: 'retired' } }], system, after(staffed, assign(ANNA, NEW, 'administrator'))],
  ['a transfer takes along the assignments at the branch left', { kind: 'change-staff', staffId: ANNA, branch: 'B2', username: 'anne', ...any }, [
    { type: 'StaffTransferred', data: { staffId: ANNA, before: 'B1', after: 'B2', assignments: [ANNA_TELLS] } }, { type: 'StaffUsernameChanged', data: { staffId: ANNA, before: 'anna', after: 'anne' } }]],
  ['in a demonstration its administrator is one', { kind: 'suspend', staffId: ROOT, ...any }, [{ type: 'StaffSuspended', data: { staffId: ROOT } }], { ...system, demonstrates: true }, demonstrating],
  ['in a demonstration its people are hired', hire(NEW, 'demo.teller'), [{ type: 'StaffHired', data: { staffId: NEW, username: 'demo.teller', branch: 'B1', person: { name: 'Person demo.teller' } } }], { ...system, demonstrates: true }],
  ['a subject, when another approves', link(ANNA), [{ type: 'OidcSubjectLinked', data: { staffId: ANNA, issuer: 'https://login.bank.example', subjectDigest: 'A'.repeat(43) } }], approved(by(ROOT))],
  ['a subject that somebody had', link(BEN), [{ type: 'OidcSubjectLinked', data: { staffId: BEN, issuer: 'https://login.bank.example', subjectDigest: 'A'.repeat(43) } }], approved(by(ROOT)), after(linked, unlink(ANNA))],
  ['a subject of who has left', link(BEN), [{ type: 'OidcSubjectLinked', data: { staffId: BEN, issuer: 'https://login.bank.example', subjectDigest: 'A'.repeat(43) } }], approved(by(ROOT)), after(linked, { kind: 'leave', staffId: ANNA, ...any })],
  ['one alone unlinks, themselves too', unlink(ANNA), [{ type: 'OidcSubjectUnlinked', data: { staffId: ANNA } }], by(ANNA), linked],
  ['an assignment from now', assign(ANNA, NEW, 'approver', 'B11'), [{ type: 'RoleAssigned', data: { staffId: ANNA, assignmentId: NEW, role: 'approver', branch: 'B11', from: NOW.toISOString() } }]],
  ['one after the other', assign(BEN, OTHER, 'teller', 'B1', { from: later(2 * DAY) }), [{ type: 'RoleAssigned', data: { staffId: BEN, assignmentId: OTHER, role: 'teller', branch: 'B1', from: later(2 * DAY) } }], system,
    after(staffed, assign(BEN, NEW, 'teller', 'B1', { until: later(2 * DAY) }))],
  ['back to a username of one\'s own', { kind: 'change-staff', staffId: ANNA, username: 'anna', ...any }, [{ type: 'StaffUsernameChanged', data: { staffId: ANNA, before: 'anne', after: 'anna' } }], system,
    after(staffed, { kind: 'change-staff', staffId: ANNA, username: 'anne', ...any })],
  ['a role that one has, made smaller', { kind: 'change-role', role: 'branch-manager', permits: [], ...any }, [{ type: 'RoleChanged', data: { role: 'branch-manager', title: 'Branch manager', permits: [], views: role('branch-manager').views } }], by(ROOT)],
  ['what one has is taken from oneself', { kind: 'end-assignment', staffId: ROOT, assignmentId: ROOT_MANAGES, ...any }, [{ type: 'AssignmentEnded', data: { staffId: ROOT, assignmentId: ROOT_MANAGES } }], by(ROOT)],
  ['an approval rule', defineRule('new', { above: { CNY: '1.00' } }), [{ type: 'ApprovalRuleDefined', data: { rule: 'new', title: 'T', permission: 'money.transfer', expiresAfterSeconds: 1, above: { CNY: '1.00' } } }], by(ROOT)],
  ['a rule that binds oneself, made stricter', changeRule('reversals', { expiresAfterSeconds: 1 }), [{ type: 'ApprovalRuleChanged', data: { rule: 'reversals', title: 'Reversals', permission: 'money.reverse', expiresAfterSeconds: 1 } }], by(ROOT)],
  ['a rule that binds oneself, when another approves', retireRule('reversals'), [{ type: 'ApprovalRuleRetired', data: { rule: 'reversals' } }], approved(by(ROOT))],
  ['a rule that binds others', retireRule('reversals'), [{ type: 'ApprovalRuleRetired', data: { rule: 'reversals' } }], by(ANNA)],
  ['a client beyond one\'s own rights, when another approves', { ...register('new', [permit('ledger.post')]), within: rootRights() } as AccessCommand,
    [{ type: 'ClientRegistered', data: { clientId: NEW, name: 'new', permits: [permit('ledger.post')], branch: 'B1', views: {} } }], approved(by(ROOT))],
  ['a client within one\'s own rights', { ...register('new', [{ permission: 'money.transfer', scope: 'branch' }, { ...permit('approvals.decide'), commands: ['access.administer'] }], 'B2'), within: rootRights() } as AccessCommand,
    [{ type: 'ClientRegistered', data: { clientId: NEW, name: 'new', permits: [{ permission: 'money.transfer', scope: 'branch' }, { ...permit('approvals.decide'), commands: ['access.administer'] }], branch: 'B2', views: {} } }], by(ROOT)],
  ['a client that can do less than before', { kind: 'change-client', clientId: SWITCH, within: rootRights(), permits: [{ permission: 'money.hold', scope: 'branch', limits: { CNY: '1.00' } }], ...any },
    [{ type: 'ClientChanged', data: { clientId: SWITCH, permits: [{ permission: 'money.hold', scope: 'branch', limits: { CNY: '1.00' } }], branch: 'B1', views: {} } }], by(ROOT)],
  ['leave to ask for a key, when another approves', { kind: 'allow-client-key', clientId: SWITCH, within: rootRights(), ...any }, [{ type: 'ClientKeyAllowed', data: { clientId: SWITCH, to: ROOT, until: later(DAY) } }], approved(by(ROOT))],
  ['a key beyond one\'s own rights, with leave', addKey(), [{ type: 'ClientKeyAdded', data: { clientId: SWITCH, keyId: NEW } }], by(ROOT, new Date(NOW.getTime() + DAY - 1)), leaveGiven()],
  ['a key retired', { kind: 'retire-client-key', clientId: SWITCH, keyId: KEY, ...any }, [{ type: 'ClientKeyRetired', data: { clientId: SWITCH, keyId: KEY } }]],
  ['acting as somebody', actAs(ANNA), [{ type: 'ActAsStarted', data: { staffId: ROOT, actAsId: NEW, asStaffId: ANNA, until: later(HOUR), reason: 'r' } }], by(ROOT)],
  ['a branch moved, and renamed', { kind: 'change-branch', branch: 'B11', title: 'New', parent: 'B2', ...any }, [
    { type: 'BranchRenamed', data: { branch: 'B11', before: 'Below one', after: 'New' } }, { type: 'BranchMoved', data: { branch: 'B11', before: 'B1', after: 'B2' } }]],
  ['as deep as may be', { kind: 'open-branch', branch: 'X', title: 'X', parent: `D${BOUNDS.branchDepth - 3}` }, [{ type: 'BranchOpened', data: { branch: 'X', title: 'X', parent: `D${BOUNDS.branchDepth - 3}` } }], system, deep],
];
for (const [title, command, events, who = system, state = staffed] of accepted)
  t.test(`accepted: ${title}`, async (t) => { t.same(decide(state, command, who), { outcome: 'accept', events }); });

t.test('a bank is founded once, with the default roles', async (t) => {
  const decision = decide(emptyState, found, system);
  t.equal(decision.outcome === 'accept' && decision.events.length, 1 + defaultRoles.length + defaultApprovalRules.length);
  t.same(decide(after(emptyState, found), found, system), { outcome: 'nothing' });
});

t.test('what changes nothing records nothing', async (t) => {
  const idle: AccessCommand[] = [
    { kind: 'suspend', staffId: BEN, ...any }, { kind: 'reinstate', staffId: ANNA, ...any }, { kind: 'leave', staffId: CARL, ...any }, { kind: 'retire-role', role: 'gone', ...any }, unlink(ANNA), close('OLD'), move('B1', 'head-office'), changeRule('reversals', {}),
    { kind: 'change-role', role: 'teller', title: 'Teller', permits: role('teller').permits, ...any }, { kind: 'change-staff', staffId: ANNA, person: { name: 'Person anna' }, branch: 'B1', ...any },
    { kind: 'change-client', within: allRights('bootstrap'), clientId: SWITCH, branch: 'B1', ...any }, { kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: KEY, ...any },
    { kind: 'allow-client-key', within: allRights('bootstrap'), clientId: SWITCH, ...any },
  ];
  for (const command of idle) t.same(decide(staffed, command, system), { outcome: 'nothing' }, command.kind);
});
