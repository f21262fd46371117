import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { idsIn } from './ids-in.js';

t.test('every event that is stored can be taken in, also where customers are only counted', async (t) => {
  const folder = path.resolve(import.meta.dirname, '../../../shared/events/fixtures');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  t.ok(names.some((name) => name.includes('RfmRunBegun')), 'control: one that counts them');
  for (const name of names) {
    const { customers, accounts } = idsIn({ data: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as unknown });
    t.ok([...customers, ...accounts].every((id) => typeof id === 'string'), name);
  }
});

t.test('whom an event names', async (t) => {
  t.strictSame(idsIn({ data: { customers: 2 } }), { customers: [], accounts: [] });
  t.strictSame(idsIn({ data: { customers: ['a', 'b'], legs: [{ accountId: 'x', customerId: 'c' }] } }), { customers: ['a', 'b', 'c'], accounts: ['x'] });
});
