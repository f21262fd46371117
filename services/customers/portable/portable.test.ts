import t from 'tap';
import { everythingClear, viewsFrom } from '../../../shared/access/data-classes.js';
import { customerViewSchema } from '../../../shared/events/customers/view.js';
import { person } from '../testing/people.js';
import { portableLines, type PortablePart } from './parts.js';

const id = '0198a7c2-0000-7000-8000-000000000001';
const record = { id, revision: 0, status: 'active', registeredAt: '2026-03-02T01:02:03.004Z', updatedAt: '2026-03-02T01:02:03.004Z', ...person({ liabilities: [{ kind: 'loan', value: { amount: '5.00', currency: 'CNY' } }] }) };

async function told(views: Parameters<typeof portableLines>[2], parts: readonly PortablePart[]) {
  const lines: Record<string, unknown>[] = [];
  for await (const line of portableLines({ customerId: id, ids: [id], at: '2026-03-02T01:02:03.004Z' }, parts, views)) {
    t.match(line, /^\{.*\}\n$/);
    lines.push(JSON.parse(line));
  }
  return lines;
}
const one: PortablePart = { name: 'record', schema: customerViewSchema, async *of() { yield record; } };

t.test('all there is, line by line, and at the end how many lines that were', async (t) => {
  t.strictSame(await told(everythingClear, [one, { ...one, name: 'none', async *of() {} }]), [
    { part: 'begin', format: 'passbook-portable-data', version: 1, customerId: id, ids: [id], at: '2026-03-02T01:02:03.004Z', parts: ['record', 'none'], notWhole: [] },
    { part: 'record', content: record },
    { part: 'end', lines: 3 },
  ]);
});

t.test('no line tells what its reader may not see, and the first says what is not whole', async (t) => {
  const [begin, shown] = await told(viewsFrom({ name: 'clear', 'identity-number': 'masked', contact: 'masked' }), [one]);
  t.notOk((begin!['notWhole'] as string[]).includes('name'));
  for (const hidden of ['identity-number', 'contact', 'liabilities']) t.ok((begin!['notWhole'] as string[]).includes(hidden));
  const text = JSON.stringify(shown);
  t.ok(text.includes(record.name));
  for (const secret of [record.idDocument.number, record.phones[0]!, 'loan', record.birthDate]) t.notOk(text.includes(secret), secret);
});

t.test('what fails on the way is no end', async (t) => {
  const lines: string[] = [];
  const broken: PortablePart = { ...one, async *of() { yield record; throw new Error('away'); } };
  await t.rejects(async () => { for await (const line of portableLines({ customerId: id, ids: [id], at: '' }, [broken], everythingClear)) lines.push(line); }, { message: 'away' });
  t.notMatch(lines.join(''), /"end"/);
});
