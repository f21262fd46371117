import t from 'tap';
import { z } from 'zod';
import { changesOf, classified, classifiedWhole, internal } from './classified.js';
import { everythingClear, nothingShown, viewsFor, viewsFrom, type Views } from './data-classes.js';
import { fieldViewOf, shownForm, unclassified } from './field-view.js';
import { maskEmail, maskIdNumber, maskName, maskPhone } from './masks.js';
import { classesByMember, isHidden } from './member-classes.js';

const money = z.strictObject({ amount: z.string().regex(/^\d+$/), currency: z.string().length(3) });
const person = z.strictObject({
  kind: z.literal('individual'),
  name: classified(z.string(), 'name', maskName),
  idDocument: classified(z.strictObject({ type: z.enum(['CN-RIC']), number: classified(z.string(), 'identity-number', maskIdNumber) }), 'identity-number'),
  phones: z.array(classified(z.string(), 'contact', maskPhone)).optional(),
  email: classified(z.email(), 'contact', maskEmail).optional(),
  income: classified(money, 'income').optional(),
});
const company = z.strictObject({ kind: z.literal('corporate'), name: classified(z.string(), 'name', maskName), capital: classified(money, 'income').optional() });
const record = z.discriminatedUnion('kind', [person, company]);
const li = {
  kind: 'individual', name: '李小龙', idDocument: { type: 'CN-RIC', number: '11010519491231002X' }, phones: ['+8613812345678'], email: 'li@example.com', income: { amount: '5', currency: 'CNY' },
};
const seen = (views: Views, value: unknown = li, schema: z.ZodType = record): unknown => fieldViewOf(schema)!(value, views);

t.test('everything clear is the record itself', async (t) => {
  t.same(seen(everythingClear), li);
});

t.test('nothing shown leaves what is internal', async (t) => {
  t.same(seen(nothingShown), { kind: 'individual' });
});

t.test('masked: each field by its mask; what has none is left out', async (t) => {
  const masked = viewsFrom({ name: 'masked', 'identity-number': 'masked', contact: 'masked', income: 'masked' });
  t.same(seen(masked), {
    kind: 'individual', name: '李**', idDocument: { type: 'CN-RIC', number: '110***********002X' }, phones: ['+86138****5678'], email: 'l***@example.com',
  });
});

t.test('what tells of another class as a whole is shown where that class is clear, and not by its members', async (t) => {
  const member = z.object({ sum: classified(z.string(), 'balances'), month: internal(z.string()) });
  const value = { flows: [{ sum: '1.00', month: '2026-02' }] };
  for (const [mark, shown] of [[classifiedWhole, {}], [classified, value]] as const) {
    const schema = z.object({ flows: mark(z.array(member), 'movements') });
    t.same(seen(viewsFrom({ balances: 'clear', movements: 'masked' }), value, schema) ?? {}, shown, mark.name);
    t.same(seen(viewsFrom({ balances: 'clear', movements: 'clear' }), value, schema), value);
    t.same(seen(viewsFrom({ balances: 'clear', movements: 'hidden' }), value, schema) ?? {}, {});
    t.same(seen(viewsFrom({ movements: 'clear' }), value, schema), { flows: [{ month: '2026-02' }] });
    const [own] = classesByMember(schema).get('flows')!;
    t.equal(isHidden(own!, viewsFrom({ movements: 'masked' })), mark === classifiedWhole, 'nor asked by');
  }
});

t.test('a list that loses all its elements is left out with them', async (t) => {
  t.notOk('phones' in (seen(viewsFrom({ name: 'clear' })) as object));
  t.same(seen(viewsFrom({}), { kind: 'individual', name: 'x', idDocument: {}, phones: [] }), { kind: 'individual', phones: [] }, 'an empty one tells nothing');
});

t.test('the union\'s other half is treated by its own schema', async (t) => {
  t.same(seen(viewsFrom({ name: 'clear' }), { kind: 'corporate', name: 'ACME', capital: { amount: '1', currency: 'CNY' } }), { kind: 'corporate', name: 'ACME' });
  t.equal(seen(everythingClear, { kind: 'other', secret: 'x' }), undefined, 'a kind that nobody described is not shown');
});

t.test('members that the schema does not know are not shown', async (t) => {
  t.same(seen(everythingClear, { ...li, credential: 'secret' }), li);
});

t.test('a change is treated as the field it names', async (t) => {
  const list = changesOf(z.array(z.object({ field: z.string(), before: z.json(), after: z.json() })), record);
  const changes = [
    { field: 'phones', before: null, after: ['+8613812345678'] },
    { field: 'income', before: { amount: '1', currency: 'CNY' }, after: null },
    { field: 'kind', before: null, after: 'individual' },
    { field: 'nobody-knows', before: 'a', after: 'b' },
  ];
  t.same(seen(viewsFrom({ contact: 'masked' }), changes, list), [{ field: 'phones', before: null, after: ['+86138****5678'] }, { field: 'kind', before: null, after: 'individual' }]);
  t.same(seen(everythingClear, changes, list), changes.slice(0, 3));
});

t.test('the shown form accepts what any view leaves', async (t) => {
  const form = shownForm(record);
  for (const views of [everythingClear, nothingShown, viewsFrom({ name: 'masked', contact: 'masked', 'identity-number': 'masked' })]) t.ok(form.safeParse(seen(views)).success);
  t.notOk(record.safeParse(seen(nothingShown)).success, 'control: the record\'s own schema does not');
});

t.test('a schema without classes has no view', async (t) => {
  t.equal(fieldViewOf(z.object({ id: z.uuid(), at: z.iso.datetime() })), undefined);
});

t.test('texts without a class are named', async (t) => {
  t.same(unclassified(z.object({ id: z.uuid(), name: z.string(), code: internal(z.string()), list: z.array(z.object({ memo: z.string().optional() })), kind: z.enum(['a']) })), ['/name', '/list/-/memo']);
  t.same(unclassified(z.looseObject({ id: z.uuid() })), ['/*'], 'a loose object may hold anything');
  t.same(unclassified(z.object({ more: z.json() })), ['/more']);
  t.same(unclassified(record), []);
});

t.test('a classified field in a union that cannot be told apart is refused at once', async (t) => {
  t.throws(() => fieldViewOf(z.union([z.object({ a: classified(z.string(), 'name') }), z.object({ b: z.string() })])), /discriminator/);
});

t.test('a purpose only narrows', async (t) => {
  const views = viewsFor('marketing', everythingClear);
  t.equal(views['identity-number'], 'hidden');
  t.equal(views['account-number'], 'masked');
  t.equal(views.contact, 'clear');
  t.same(viewsFor('marketing', nothingShown), nothingShown);
});
