import t from 'tap';
import { z } from 'zod';
import { defineEvent } from './definition.js';
import { swapPersonal, visitPersonal } from './personal-fields.js';
import { envelopeSchema, personal, personalPaths, readable, sealedForm } from './personal.js';

const secret = personal(z.string().max(5));
const envelope = { keyId: 'k', iv: 'AAAA', ct: 'AAAA' };

const schema = z.strictObject({
  id: z.string(),
  note: secret.optional(),
  nested: z.strictObject({ deep: personal(z.strictObject({ a: z.string() })).nullable() }).optional(),
  rows: z.array(z.strictObject({ customerId: z.string(), memo: secret })).min(1).max(2),
});

t.test('personal fields are found through objects, arrays, optional and nullable', async (t) => {
  t.same(personalPaths(schema), [['note'], ['nested', 'deep'], ['rows', '*', 'memo']]);
  t.same(personalPaths(z.strictObject({ a: z.string() })), []);
});

t.test('a mark where the sealing would not find it is refused when the event is defined', async (t) => {
  const hidden = z.strictObject({ memo: secret });
  for (const [kind, shape] of Object.entries({
    union: z.union([hidden, z.string()]), record: z.record(z.string(), secret), tuple: z.tuple([secret]), default: hidden.default({ memo: 'x' }), readonly: hidden.readonly(),
    pipe: hidden.pipe(z.any()), intersection: z.intersection(hidden, z.strictObject({})),
  }))
    t.throws(() => personalPaths(z.strictObject({ shape })), { message: `a personal field inside a ${kind}: mark the whole of it` }, kind);
  t.throws(() => defineEvent({ module: 'test', type: 'Listed', shape: { customerId: z.string(), memos: z.array(secret) } }), { message: /Listed: memos\.\* is personal/ });
  t.throws(() => defineEvent({ module: 'test', type: 'Noted', shape: { note: secret } }), { message: /Noted: note is personal, but no customerId or staffId can stand beside it/ });
});

t.test('a field is the house\'s only where its schema lets everybody be absent', async (t) => {
  const { housePaths } = defineEvent({
    module: 'test', type: 'Posted',
    shape: { customerId: z.string(), note: secret, legs: z.array(z.strictObject({ customerId: z.string().optional(), memo: secret.optional() })).optional(), of: z.strictObject({ customerId: z.string().nullable(), deep: secret }),
      staff: z.strictObject({ staffId: z.string(), customerId: z.string().optional(), name: secret }) },
  });
  t.same([...housePaths], [['legs', '*', 'memo']]);
});

t.test('the sealed form asks for envelopes in their place and keeps everything else', async (t) => {
  const sealed = sealedForm(schema);
  const good = { id: 'x', nested: { deep: null }, rows: [{ customerId: 'c', memo: envelope }] };
  t.same(sealed.parse(good), good);
  t.equal(sealed.safeParse({ ...good, rows: [{ customerId: 'c', memo: 'clear' }] }).success, false);
  t.equal(sealed.safeParse({ ...good, rows: [] }).success, false, 'bounds of arrays');
  t.equal(sealed.safeParse({ ...good, extra: 1 }).success, false, 'unknown fields');
  t.equal(sealed.safeParse({ ...good, nested: { deep: { a: 'clear' } } }).success, false);
  t.equal(sealedForm(secret), envelopeSchema);
});

t.test('marking one use of a schema does not mark the others', async (t) => {
  const plain = z.string();
  t.same(personalPaths(z.strictObject({ a: personal(plain), b: plain })), [['a']]);
});

t.test('readable tells values from envelopes and from what was erased', async (t) => {
  for (const value of ['', 'x', 0, null, {}, [], { keyId: 'k' }]) t.equal(readable(value), true, JSON.stringify(value));
  t.equal(readable(envelope), false);
  t.equal(readable('erased'), false);
});

t.test('visiting and swapping reach every value there, in data of any shape', async (t) => {
  const path = ['rows', '*', 'memo'];
  const data = { other: { kept: true }, rows: [{ memo: 'a' }, {}, null, 7, { memo: null }] };
  const seen: unknown[] = [];
  visitPersonal(data, path, (value) => seen.push(value));
  t.same(seen, ['a', null]);
  const pointers: string[] = [];
  const swapped = swapPersonal(data, path, (value, parent, pointer) => {
    pointers.push(pointer);
    return [value, parent];
  });
  t.same(pointers, ['/rows/0/memo', '/rows/4/memo']);
  t.same(swapped, { other: { kept: true }, rows: [{ memo: ['a', { memo: 'a' }] }, {}, null, 7, { memo: [null, { memo: null }] }] });
  t.same(data, { other: { kept: true }, rows: [{ memo: 'a' }, {}, null, 7, { memo: null }] }, 'the original is as it was');
  t.equal((swapped as typeof data).other, data.other, 'what is not on the way is shared');
  for (const odd of [null, undefined, 3, 'x', [], { rows: 'x' }, { rows: { memo: 'a' } }, { rows: null }]) t.equal(swapPersonal(odd, path, () => t.fail()), odd);
});
