import t from 'tap';
import { ruleFor } from '../../shared/access/approval-rules.js';
import { defaultOwnChanges, ownChangeOf, ownChangesRule, type OwnChange } from '../../shared/access/own-changes.js';
import { patchBody } from '../customers/bodies.js';
import { selfServiceBank } from './testing/self-service-bank.js';

/** For every field that a change may name, what it is changed to; where it is hidden or needs a permission, which refusal comes first. */
const TO: Readonly<Record<string, { readonly value: unknown; readonly first?: string }>> = {
  phones: { value: ['+8613900001111'] }, email: { value: 'new@example.com' }, interests: { value: ['go'] }, contactPersons: { value: [{ name: 'Li', relationship: 'friend' }] }, consents: { value: { marketingSms: false } },
  occupation: { value: 'painter' }, employer: { value: 'a studio' }, reason: { value: 'moved' }, evidence: { value: ['doc-1'] },
  name: { value: '新名' }, addresses: { value: [{ kind: 'home', country: 'CN', line: '1 Road' }] }, idDocument: { value: { type: 'FOREIGN-PASSPORT', number: 'T0099881', country: 'DE' } }, sex: { value: 'female' },
  birthDate: { value: '1980-01-01' }, maritalStatus: { value: 'single' }, income: { value: { amount: '1.00', currency: 'CNY' } },
  riskPreference: { value: { level: 'aggressive', assessedOn: '2025-01-01' } }, tags: { value: ['vip'] }, assets: { value: [] }, kind: { value: 'individual' }, channel: { value: 'counter' },
  liabilities: { value: [], first: 'field_hidden' }, branch: { value: 'SH-001', first: 'permission_missing' }, manager: { value: 'x', first: 'permission_missing' },
};

t.test('each field is the customer\'s to change at once, to ask for, or neither', async (t) => {
  const bank = await selfServiceBank();
  const wang = await bank.customer('wang.fang');
  const patch = (field: string, token: string, id = wang.id) => bank.send('PATCH', `/v1/customers/${id}`, { [field]: TO[field]?.value ?? null }, token, { 'if-match': '*' });
  const rules = [ownChangesRule(defaultOwnChanges)];
  const held = (field: string, role = 'customer') => ruleFor(rules, { permissions: ['customers.update'], role, amounts: [], fields: [field] })?.name;
  const stepped = await wang.stepUp();
  const counted: Record<OwnChange, number> = { 'at-once': 0, 'on-request': 0, never: 0 };
  for (const field of Object.keys(patchBody.shape)) {
    const change = ownChangeOf(defaultOwnChanges, field);
    counted[change]++;
    t.equal(held(field), change === 'on-request' ? 'own-changes' : undefined, `${field}: ${change}`);
    if (change === 'never') {
      for (const token of [wang.token, stepped]) t.match(await patch(field, token), { status: /4../, body: { code: TO[field]?.first ?? /field_not_yours|request_invalid|field_hidden/ } }, field);
      continue;
    }
    t.match(await patch(field, wang.token), { status: 403, body: { code: 'step_up_required' } }, field);
    if (change === 'at-once') t.match(await patch(field, stepped), field === 'phones' || field === 'email' ? { status: 422, body: { code: 'contact_unconfirmed' } } : { status: 200 }, field);
  }
  t.match(counted, { 'at-once': 9, 'on-request': 7, never: Number });
  t.equal(held('name', 'teller'), undefined, 'what staff change is none of this rule\'s');
  t.match(await patch('riskPreference', stepped), { status: 403, body: { code: 'field_not_yours', errors: [{ pointer: '/riskPreference', code: 'field_not_yours' }] } });
  const li = await bank.customer('li.wei');
  t.match(await patch('email', await li.stepUp()), { status: 403, body: { code: 'outside_scope' } }, 'nobody else\'s');
  const { items } = (await bank.get(`/v1/customers/${wang.id}/history`, bank.teller)).body;
  t.match(items.at(-1), { actor: { id: wang.id, role: 'customer', channel: 'online' } });
});

t.test('the bank may say otherwise, field by field', async (t) => {
  const changes = { ...defaultOwnChanges, email: 'on-request', name: 'never' } as const;
  const fields = ownChangesRule(changes).fields!;
  t.ok(fields.includes('email'));
  t.notOk(fields.includes('name'));
  t.equal(ownChangeOf(changes, 'creditCode'), 'never', 'what nobody listed is not theirs');
  t.equal(ownChangeOf(changes, 'toString'), 'never');
});
