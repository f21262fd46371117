import fc from 'fast-check';
import t from 'tap';
import { v5 } from 'uuid';
import { seed } from '../testing/seed.js';
import { commandIdOf, createdIdOf, eventIdOf } from './ids.js';

t.comment(`seed ${seed}`);

t.test('derived ids are UUIDs of version 5', async (t) => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(fc.property(fc.uuid(), text, fc.nat(), (namespace, name, index) => createdIdOf(namespace, name) === v5(name, namespace) && eventIdOf(namespace, index) === v5(String(index), namespace)), { seed });
  fc.assert(fc.property(text, text, text, (principal, route, key) => commandIdOf(principal, route, key) === v5(JSON.stringify([principal, route, key]), '6f1d5f0e-7f0f-5c43-9d53-1f4f3d0b8a11')), { seed });
  for (const none of ['', 'ledger-0', '0198a7c2-0000-7000-8000', '0198a7c2-0000-7000-8000-00000000c0dg']) t.throws(() => eventIdOf(none, 0), TypeError);
});
