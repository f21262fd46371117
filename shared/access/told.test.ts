import t from 'tap';
import { z } from 'zod';
import { changesOf, classified, internal, subjectId } from './classified.js';
import { viewsFrom } from './data-classes.js';
import { fieldViewOf } from './field-view.js';
import { maskName } from './masks.js';
import { nothingTold, tellable, tellOf } from './told.js';

const person = z.object({
  kind: z.literal('person'), id: subjectId(z.uuid(), 'customer'), name: classified(z.string(), 'name', maskName).optional(),
  income: classified(z.object({ amount: z.string(), source: classified(z.string(), 'employment') }), 'income').optional(),
});
const company = z.object({ kind: z.literal('company'), id: subjectId(z.uuid(), 'customer'), accounts: z.record(z.string(), subjectId(z.string(), 'account')).optional() });
const page = z.object({ items: z.array(z.discriminatedUnion('kind', [person, company])), other: subjectId(z.string(), 'counterparty').nullable() });

const views = viewsFrom({ name: 'masked', income: 'clear', employment: 'masked' });
const [A, B] = ['0198a7c2-0000-7000-8000-00000000000a', '0198a7c2-0000-7000-8000-00000000000b'];

function toldBy(schema: z.ZodType, value: unknown) {
  const told = nothingTold();
  tellOf(schema)!(fieldViewOf(schema)?.(value, views) ?? value, views, told);
  return Object.fromEntries(Object.entries(told).map(([name, set]) => [name, [...set as Set<string>].sort()]));
}

t.test('an answer tells whose data it shows, and what of it clear and masked', async (t) => {
  const value = { items: [{ kind: 'person', id: A, name: 'Anna', income: { amount: '1', source: 'x' } }, { kind: 'company', id: B, accounts: { one: 'n1' } }], other: 'n2' };
  t.same(toldBy(page, value), { customers: [A, B], accounts: ['n1'], counterparties: ['n2'], clear: ['income'], masked: ['name'] }, 'what has no mask is left out, so not told');
  t.same(toldBy(page, { items: [], other: null }), { customers: [], accounts: [], counterparties: [], clear: [], masked: [] });
});

t.test('what a view left out is not told', async (t) => {
  const told = nothingTold();
  const hidden = viewsFrom({ income: 'clear' });
  tellOf(person)!(fieldViewOf(person)!({ kind: 'person', id: A, name: 'Anna', income: { amount: '1', source: 'x' } }, hidden), hidden, told);
  t.same([[...told.clear], [...told.masked]], [['income'], []]);
});

t.test('a change tells what the field that it names would', async (t) => {
  const history = z.object({ changes: changesOf(z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })), person) });
  t.same(toldBy(history, { changes: [{ field: 'name', before: null, after: 'Anna' }] }).masked, ['name']);
  t.same(toldBy(history, { changes: [] }).masked, []);
});

t.test('what tells of nobody has nothing to tell', async (t) => {
  t.equal(tellOf(z.object({ code: internal(z.string()), count: z.int() })), undefined);
  t.same(tellable(page), { classes: ['name', 'income', 'employment'], names: ['customer', 'customer', 'account', 'counterparty'] });
});
