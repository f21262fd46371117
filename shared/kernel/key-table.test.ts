import t from 'tap';
import { v5 as uuidv5 } from 'uuid';
import { BigColumn, NumberColumn } from './columns.js';
import { KeyTable } from './key-table.js';

const idOf = (n: number): string => uuidv5(String(n), '7c3f5f4e-55a0-4c0f-8b44-0f6f9b0c7a51');

t.test('a key table tells every key from every other, whatever its form', async (t) => {
  const table = new KeyTable();
  const id = idOf(0);
  const keys = [id, id.toUpperCase(), `${id} `, id.replaceAll('-', ''), '', '__proto__', ...Array.from({ length: 3_000 }, (_, n) => idOf(n + 1))];
  t.ok(keys.every((key) => table.find(key) === -1 && table.add(key)));
  t.notOk(keys.some((key) => table.add(key)), 'none is new a second time');
  t.equal(table.count, keys.length);
  t.equal(new Set(keys.map((key) => table.slotOf(key))).size, keys.length);
  t.same(keys.map((key) => table.keyOf(table.find(key))), keys);
  t.same([...table.slots()].map((slot) => table.keyOf(slot)).sort(), [...keys].sort());
});

t.test('columns hold what was set, wherever the slot lies', async (t) => {
  const numbers = new NumberColumn(Float64Array);
  for (const slot of [0, 4_095, 4_096, 29_000_000, 2 ** 30 + 1, -7]) {
    t.equal(numbers.get(slot), 0);
    numbers.set(slot, slot + 0.5);
  }
  t.same([...numbers.used()].map((slot) => [slot, numbers.get(slot)]).sort(), [0, 4_095, 4_096, 29_000_000, 2 ** 30 + 1, -7].map((slot) => [slot, slot + 0.5]).sort());
  const amounts = new BigColumn();
  for (const value of [5n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n, -(2n ** 80n), 0n]) {
    amounts.set(1, value);
    t.equal(amounts.get(1), value);
  }
  t.equal(amounts.add(1, 2n ** 64n), 2n ** 64n);
  t.equal(amounts.add(1, -(2n ** 64n) - 1n), -1n);
  t.equal(amounts.get(2), 0n);
});
