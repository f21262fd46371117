import t from 'tap';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Profile } from '../../../shared/events/customers/profile.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { customerRejections } from '../rejections.js';
import { customerRecord, type CustomerState } from '../state.js';
import { person } from '../testing/people.js';
import { decideConfirmErasure, decideErasedWith, decideLiftRestriction, decideRequestErasure, decideRestrict, decideStep, decideWithdrawErasure, type Business } from './decider.js';
import { decideApproveOpening, decideDestroyBackup, decideOpened, decideRequestOpening } from './decide-openings.js';
import { yearsAfterBusiness } from './retention.js';

const customerId = '0198a7c2-0000-7000-8000-000000000001';
const actor = (id: string, actingAs?: string) => ({ id, role: 'risk-officer', channel: 'counter', ...(actingAs !== undefined && { actingAs }) });
const AT = '2026-03-02T08:00:00.000Z';

function after(...events: (CustomerEvent | [CustomerEvent, ReturnType<typeof actor>])[]): CustomerState {
  return events.reduce((state, given, index) => {
    const [event, by] = Array.isArray(given) ? given : [given, actor('zhang')];
    return customerRecord.evolve(state, event, { id: '', event, revision: BigInt(index), metadata: { actor: by, recordedAt: AT } } as unknown as Recorded<CustomerEvent>);
  }, customerRecord.initial);
}

const registered: CustomerEvent = { type: 'CustomerRegistered', data: { customerId, kind: 'individual', profile: person() as Profile } };
const restricted: CustomerEvent = { type: 'CustomerRestricted', data: { customerId, reason: 'x', until: '2031-01-01' } };
const requested: CustomerEvent = { type: 'CustomerErasureRequested', data: { customerId, reason: 'x' } };
const plain = <Type extends 'CustomerErasureConfirmed' | 'CustomerErasureBarred' | 'CustomerErased'>(type: Type) => ({ type, data: { customerId } }) as CustomerEvent;
const [confirmed, barred, erased] = [plain('CustomerErasureConfirmed'), plain('CustomerErasureBarred'), plain('CustomerErased')];
const backedUp: CustomerEvent = { type: 'CustomerErasureBackedUp', data: { customerId, escrowKeyId: 'k', sha256: '0'.repeat(64), keptUntil: '2031-03-02' } };
const ended: Business = { accountsOpen: false, caseOpen: false };
const open: Business = { ...ended, accountsOpen: true };
const suspected: Business = { ...ended, caseOpen: true };
const retained: Business = { ...ended, retainedUntil: '2031-01-01' };
const reason = 'letter';

const absent = after();
const active = after(registered);
const kept = after(registered, restricted);
const asked = after(registered, requested);
const running = after(registered, requested, confirmed);
const over = after(registered, requested, confirmed, barred, backedUp, erased);

const openingId = '0198a7c2-0000-7000-8000-0000000000aa';
const opening = { customerId, openingId };
const wanted: CustomerEvent = { type: 'CustomerBackupOpeningRequested', data: { ...opening, caseNumber: '2026/AZ-17', purpose: 'court-order' } };
const approved: CustomerEvent = { type: 'CustomerBackupOpeningApproved', data: opening };
const opened: CustomerEvent = { type: 'CustomerBackupOpened', data: opening };
const destroyed: CustomerEvent = { type: 'CustomerBackupDestroyed', data: { customerId } };
const erasing = [registered, requested, confirmed, barred, backedUp, erased];
const [enquired, agreed, used, gone] = [after(...erasing, wanted), after(...erasing, wanted, approved), after(...erasing, wanted, approved, opened), after(...erasing, wanted, destroyed)];
const ask = { ...opening, caseNumber: '2026/AZ-17', purpose: 'court-order' } as const;

type Decided = ReturnType<typeof decideRestrict>;
/** A code, 'nothing', or the types of the events. */
const rows: readonly [string, Decided, string | readonly string[]][] = [
  ['restricting nobody', decideRestrict(absent, { customerId, reason }), 'customer_not_found'],
  ['restricting', decideRestrict(active, { customerId, reason }), ['CustomerRestricted']],
  ['restricting again', decideRestrict(kept, { customerId, reason }), 'customer_restricted'],
  ['restricting while it is erased', decideRestrict(running, { customerId, reason }), 'erasure_under_way'],
  ['restricting who was erased', decideRestrict(over, { customerId, reason }), 'customer_erased'],
  ['lifting', decideLiftRestriction(kept, { customerId, reason }), ['CustomerRestrictionLifted']],
  ['lifting nothing', decideLiftRestriction(active, { customerId, reason }), 'customer_not_restricted'],
  ['lifting while it is erased', decideLiftRestriction(running, { customerId, reason }), 'erasure_under_way'],
  ['lifting from nobody', decideLiftRestriction(absent, { customerId, reason }), 'customer_not_found'],
  ['asking for nobody', decideRequestErasure(absent, { customerId, reason }, ended), 'customer_not_found'],
  ['asking', decideRequestErasure(active, { customerId, reason }, ended), ['CustomerErasureRequested']],
  ['asking of one who is restricted', decideRequestErasure(kept, { customerId, reason }, ended), ['CustomerErasureRequested']],
  ['asking twice', decideRequestErasure(asked, { customerId, reason }, ended), 'erasure_under_way'],
  ['asking while an account is open', decideRequestErasure(active, { customerId, reason }, open), 'customer_has_open_accounts'],
  ['asking while an account is open and the law has it kept', decideRequestErasure(active, { customerId, reason }, { ...retained, ...open }), 'customer_has_open_accounts'],
  ['asking while a case is open', decideRequestErasure(active, { customerId, reason }, suspected), 'customer_has_open_case'],
  ['asking while a case is open and the law has it kept', decideRequestErasure(active, { customerId, reason }, { ...retained, caseOpen: true }), 'customer_has_open_case'],
  ['asking while a case and an account are open', decideRequestErasure(active, { customerId, reason }, { ...suspected, accountsOpen: true }), 'customer_has_open_accounts'],
  ['asking twice while an account is open', decideRequestErasure(asked, { customerId, reason }, open), 'erasure_under_way'],
  ['asking while the law has it kept: restricted', decideRequestErasure(active, { customerId, reason }, retained), ['CustomerRestricted']],
  ['asking again while the law has it kept', decideRequestErasure(kept, { customerId, reason }, retained), 'nothing'],
  ['asking once it is over', decideRequestErasure(over, { customerId, reason }, ended), 'customer_erased'],
  ['confirming for nobody', decideConfirmErasure(absent, customerId, actor('li'), ended), 'customer_not_found'],
  ['confirming what nobody asked', decideConfirmErasure(active, customerId, actor('li'), ended), 'erasure_not_requested'],
  ['confirming one\'s own', decideConfirmErasure(asked, customerId, actor('zhang'), ended), 'second_person_required'],
  ['confirming one\'s own in another\'s place', decideConfirmErasure(asked, customerId, actor('zhang', 'li'), ended), 'second_person_required'],
  ['confirming in the place of who asked', decideConfirmErasure(asked, customerId, actor('li', 'zhang'), ended), 'second_person_required'],
  ['confirming what one had asked in another\'s place', decideConfirmErasure(after(registered, [requested, actor('li', 'zhang')]), customerId, actor('zhang'), ended), 'second_person_required'],
  ['confirming one\'s own while an account is open', decideConfirmErasure(asked, customerId, actor('zhang'), open), 'second_person_required'],
  ['confirming', decideConfirmErasure(asked, customerId, actor('li'), ended), ['CustomerErasureConfirmed']],
  ['confirming while an account is open', decideConfirmErasure(asked, customerId, actor('li'), { ...retained, ...open }), 'customer_has_open_accounts'],
  ['confirming while a case is open', decideConfirmErasure(asked, customerId, actor('li'), { ...retained, caseOpen: true }), 'customer_has_open_case'],
  ['confirming one\'s own while a case is open', decideConfirmErasure(asked, customerId, actor('zhang'), suspected), 'second_person_required'],
  ['confirming while the law has it kept', decideConfirmErasure(asked, customerId, actor('li'), retained), 'retention_not_over'],
  ['confirming again goes on', decideConfirmErasure(running, customerId, actor('zhang'), ended), 'nothing'],
  ['confirming once it is over', decideConfirmErasure(over, customerId, actor('li'), ended), 'customer_erased'],
  ['taking it back', decideWithdrawErasure(asked, customerId), ['CustomerErasureWithdrawn']],
  ['taking back what nobody asked', decideWithdrawErasure(active, customerId), 'erasure_not_requested'],
  ['taking it back too late', decideWithdrawErasure(running, customerId), 'erasure_under_way'],
  ['a step in its turn', decideStep(running, 'confirmed', barred), ['CustomerErasureBarred']],
  ['a step a second time', decideStep(after(registered, requested, confirmed, barred), 'confirmed', barred), 'nothing'],
  ['a step before its turn', decideStep(running, 'barred', backedUp), 'nothing'],
  ['another id of the person', decideErasedWith(active, customerId), ['CustomerErased']],
  ['another id that is erased already', decideErasedWith(after(registered, erased), customerId), 'nothing'],
  ['another id that nobody has', decideErasedWith(absent, customerId), 'nothing'],
  ['wanting a backup opened of nobody', decideRequestOpening(absent, ask), 'customer_not_found'],
  ['wanting a backup opened where there is none', decideRequestOpening(active, ask), 'backup_not_there'],
  ['wanting a backup opened', decideRequestOpening(over, ask), ['CustomerBackupOpeningRequested']],
  ['wanting a destroyed backup opened', decideRequestOpening(gone, ask), 'backup_not_there'],
  ['approving for nobody', decideApproveOpening(absent, opening, actor('li')), 'customer_not_found'],
  ['approving what nobody wanted', decideApproveOpening(over, opening, actor('li')), 'opening_not_found'],
  ['approving one\'s own opening', decideApproveOpening(enquired, opening, actor('zhang')), 'second_person_required'],
  ['approving one\'s own in another\'s place', decideApproveOpening(enquired, opening, actor('zhang', 'li')), 'second_person_required'],
  ['approving', decideApproveOpening(enquired, opening, actor('li')), ['CustomerBackupOpeningApproved']],
  ['approving again', decideApproveOpening(agreed, opening, actor('zhang')), 'nothing'],
  ['approving one\'s own of a destroyed backup', decideApproveOpening(gone, opening, actor('zhang')), 'second_person_required'],
  ['approving for a destroyed backup', decideApproveOpening(gone, opening, actor('li')), 'backup_not_there'],
  ['opening for nobody', decideOpened(absent, opening), 'customer_not_found'],
  ['opening what nobody wanted', decideOpened(over, opening), 'opening_not_found'],
  ['opening what nobody approved', decideOpened(enquired, opening), 'opening_not_approved'],
  ['opening', decideOpened(agreed, opening), ['CustomerBackupOpened']],
  ['opening twice', decideOpened(used, opening), 'opening_used'],
  ['opening what is destroyed', decideOpened(after(...erasing, wanted, approved, destroyed), opening), 'backup_not_there'],
  ['destroying on the last day', decideDestroyBackup(over, customerId, '2031-03-02'), 'nothing'],
  ['destroying after it', decideDestroyBackup(over, customerId, '2031-03-03'), ['CustomerBackupDestroyed']],
  ['destroying twice', decideDestroyBackup(gone, customerId, '2031-03-03'), 'nothing'],
  ['destroying before the key is', decideDestroyBackup(after(registered, requested, confirmed, barred, backedUp), customerId, '2031-03-03'), 'nothing'],
];

for (const [name, decision, then] of rows)
  t.test(name, async (t) => {
    if (then === 'nothing') return void t.same(decision, { outcome: 'nothing' });
    if (typeof then !== 'string') return void t.same(decision.outcome === 'accept' && decision.events.map(({ type }) => type), then);
    t.match(decision, { outcome: 'reject', rejection: { code: then } });
    t.ok(customerRejections.some(({ code }) => code === then), 'stands in the table');
  });

t.test('of refusals that apply together the table\'s first is the answer', async (t) => {
  const order = customerRejections.map(({ code }) => code as string);
  const pairs = [
    ['erasure_under_way', 'customer_has_open_accounts'], ['second_person_required', 'customer_has_open_accounts'], ['customer_has_open_accounts', 'customer_has_open_case'], ['customer_has_open_case', 'retention_not_over'], ['erasure_under_way', 'customer_restricted'],
  ] as const;
  for (const [first, second] of pairs) t.ok(order.indexOf(first) < order.indexOf(second), `${first} before ${second}`);
});

t.test('who was erased has neither profile nor erasure to come, and says when and by whom', async (t) => {
  t.same(over.status !== 'absent' && { status: over.status, erasure: over.erasure, erasedAt: over.erasedAt, profile: 'profile' in over }, {
    status: 'erased', profile: false,
    erasure: { step: 'erased', requestedBy: ['zhang'], requestedAt: AT, confirmedBy: 'zhang', confirmedAt: AT, backup: { escrowKeyId: 'k', sha256: '0'.repeat(64), keptUntil: '2031-03-02' }, openings: {} },
    erasedAt: AT,
  });
});

t.test('retention counts from the last closing, or from the registration', async (t) => {
  const customer = { kind: 'individual', registeredAt: '2020-02-29T00:00:00.000Z' } as const;
  t.equal(yearsAfterBusiness(5)(customer, '2026-03-02T23:00:00.000Z'), '2031-03-02');
  t.equal(yearsAfterBusiness(5)(customer, undefined), '2025-03-01');
  t.equal(yearsAfterBusiness(0)(customer, '2026-03-02T23:00:00.000Z'), undefined, 'demonstrations keep nothing');
});
