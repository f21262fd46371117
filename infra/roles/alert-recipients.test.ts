import t from 'tap';
import type { AlertSubscription } from '../../shared/events/alerting/events.js';
import { emptyState, type AccessState, type Staff } from '../../services/access/state.js';
import { nothingShown } from '../../shared/access/data-classes.js';
import type { Rights } from '../../shared/access/rights.js';
import { alertRecipients, staffMailbox } from './alert-recipients.js';

const NOW = new Date('2026-03-01T00:00:00Z');
const CUSTOMER = '0198a7c2-0000-7000-8000-000000000001';
const staff = (role: string, branch: string, from = '2026-01-01T00:00:00.000Z'): Staff => ({
  revision: 0n, username: 'x', person: 'erased', branch, status: 'active', hiredAt: from, assignments: [{ assignmentId: 'a', role, branch, from, until: null }], grants: [], actAs: [],
});
const state: AccessState = { ...emptyState, staff: new Map([
  ['li', staff('risk-officer', 'B1')], ['wu', staff('risk-officer', 'B2')], ['late', staff('risk-officer', 'B1', '2026-06-01T00:00:00.000Z')], ['teller', staff('teller', 'B1')], ['blind', staff('risk-officer', 'B1')], [CUSTOMER, staff('risk-officer', 'B1')],
]) };
const rightsOf = async (holder: string): Promise<Rights> => ({
  holder, views: nothingShown, permits: new Map(holder === 'blind' || holder === 'teller' ? [] : [['risk.read', [holder === 'wu' ? { scope: 'branch', branches: new Set(['B2']) } : { scope: 'all' }]]]),
});

const told = async (subscriptions: readonly AlertSubscription[], more: object = {}, branch = 'B1') => {
  const recipients = alertRecipients({ subscriptions: async () => subscriptions, model: { current: async () => state, rightsOf }, findTarget: async () => ({ branch, customers: [CUSTOMER] }), now: () => NOW });
  return (await recipients({ customer: CUSTOMER, kind: 'structuring', severity: 'medium', assignee: null, ...more })).map((one) => `${one.staff} ${one.by}`).sort();
};
const officers: AlertSubscription = { role: 'risk-officer', branch: null, severity: 'low', kinds: null, by: ['message'] };

t.test('who holds the role now and may see the case, nobody else', async (t) => {
  t.same(await told([officers]), ['li message'], 'neither who may not see it, nor who is no officer yet, nor the customer');
  t.same(await told([officers], {}, 'B2'), ['li message', 'wu message']);
  t.same(await told([{ ...officers, branch: 'B2' }], {}, 'B2'), ['wu message']);
  t.same(await told([{ ...officers, role: 'teller' }]), []);
});

t.test('by severity, kind and way, each once', async (t) => {
  t.same(await told([{ ...officers, severity: 'high' }]), []);
  t.same(await told([{ ...officers, kinds: ['velocity'] }]), []);
  t.same(await told([officers, { ...officers, kinds: ['structuring'], severity: 'medium' }, { ...officers, by: ['email'] }]), ['li email', 'li message']);
});

t.test('whom the case is assigned to, where they may still see it', async (t) => {
  t.same(await told([], { assignee: 'wu' }, 'B2'), ['wu message']);
  t.same(await told([], { assignee: 'wu' }), []);
  t.same(await told([officers], { assignee: 'li' }), ['li message']);
});

t.test('a mailbox is asked for when a mail goes out', async (t) => {
  const person = { name: 'x', email: 'x@bank.example' };
  const people = new Map([['li', { ...staff('teller', 'B1'), person }], ['gone', { ...staff('teller', 'B1'), person, status: 'left' as const }], ['none', { ...staff('teller', 'B1'), person: { name: 'x' } }], ['erased', staff('teller', 'B1')]]);
  const model = { current: async () => ({ ...state, staff: people }) };
  t.equal(await staffMailbox(model, 'li'), 'x@bank.example');
  for (const who of ['gone', 'none', 'erased', 'nobody']) t.equal(await staffMailbox(model, who), undefined, who);
});
