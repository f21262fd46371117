import { readFile } from 'node:fs/promises';
import t from 'tap';
import { MappingUnusable, parseMapping } from './load-mapping.js';
import { formatOf } from './mapping.js';
import { mappingJsonSchema } from './mapping-json-schema.js';

const SOURCES = new URL('../../../infra/import/', import.meta.url).pathname;
const berka = await readFile(`${SOURCES}mappings/berka.json`, 'utf8');

// The mapping is broken on purpose, anywhere, so it has no type.
// eslint-disable-next-line typescript/no-explicit-any
const faultsOf = (breakIt: (mapping: any) => void): readonly string[] => {
  const mapping: unknown = JSON.parse(berka);
  breakIt(mapping);
  try {
    parseMapping(JSON.stringify(mapping), 'm.json');
    return [];
  } catch (error) {
    if (!(error instanceof MappingUnusable)) throw error;
    return error.faults;
  }
};

t.test('the mapping of the project is sound, and the published schema is the one in force', async (t) => {
  t.strictSame(faultsOf(() => {}), []);
  t.equal(await readFile(`${SOURCES}mapping.schema.json`, 'utf8'), mappingJsonSchema(), 'npm run schemas writes it anew');
});

t.test('a fault names its node', async (t) => {
  const names = (breakIt: Parameters<typeof faultsOf>[0]) => faultsOf(breakIt).map((fault) => fault.split(':')[0]);
  t.strictSame(names((m) => { m.movements.kind.from = 'choise'; }), ['movements.kind.from']);
  t.strictSame(names((m) => { m.customers.body.name.templte = 'x'; }), ['customers.body.name']);
  t.strictSame(names((m) => { m.customers.body.addresses[0].city.where = 3; }), ['customers.body.addresses.0.city.where']);
  t.strictSame(names((m) => { m.customers.body.phones[0].digits = '7'; }), ['customers.body.phones.0.digits']);
  t.strictSame(names((m) => { m.files.transactions.columns.date.format = 'YY'; }), ['files.transactions.columns.date.format']);
  t.strictSame(names((m) => { delete m.files.transactions.columns.date.century; }), ['files.transactions.columns.date.century']);
  t.strictSame(names((m) => { m.format.encoding = 'klingon'; }), ['format.encoding']);
  for (const delimiter of [';;', '', '\n', 7]) t.strictSame(names((m) => { m.format.delimiter = delimiter; }), ['format.delimiter'], JSON.stringify(delimiter));
  t.strictSame(names((m) => { m.format.quote = '""'; }), ['format.quote']);
  t.strictSame(names((m) => { m.files.transactions.format = { delimiter: '"' }; }), ['files.transactions.format']);
  t.strictSame(names((m) => { m.format.quote = m.format.delimiter; }), ['clients', 'districts', 'accounts', 'dispositions', 'transactions'].map((name) => `files.${name}.format`));
  t.strictSame(names((m) => { m.accounts.holders.role = 'boss'; }), ['accounts.holders.role']);
  t.strictSame(names((m) => { delete m.movements.amount; m.extra = 1; }), ['movements.amount', '(root)'], 'all at once');
});

t.test('what an expression refers to must be declared', async (t) => {
  type Break = Parameters<typeof faultsOf>[0];
  const only = (breakIt: Break, fault: string) => t.strictSame(faultsOf(breakIt), [fault]);
  only(
    (m) => { m.movements.memo.parts[1].template = 'bank {bnk}'; },
    'movements.memo.parts.1.template: file "transactions" declares no column "bnk"',
  );
  t.strictSame(faultsOf((m) => { m.accounts.owner.file = 'owners'; }), ['accounts.owner.file: there is no file "owners" under files']);
  only((m) => { m.accounts.owner.take.name = 'A1'; }, 'accounts.owner.take.name: file "dispositions" declares no column "A1"');
  only(
    (m) => { m.accounts.holders.where = { acount_id: 'x' }; },
    'accounts.holders.where.acount_id: file "dispositions" declares no column "acount_id"',
  );
  t.strictSame(faultsOf((m) => { delete m.customers; }), ['customers: accounts need the customers that own them']);
});

t.test('what a file does not say of its format the mapping says', async (t) => {
  const mapping = parseMapping(JSON.stringify({ name: 'x', format: { delimiter: ';', encoding: 'latin1' }, files: { a: { path: 'a.csv', format: { header: false }, columns: {} } } }), 'm.json');
  t.strictSame(formatOf(mapping, mapping.files['a']!), { encoding: 'latin1', delimiter: ';', quote: '"', header: false, multilineFields: false });
});

t.test('what is not JSON', async (t) => {
  t.throws(() => parseMapping('{', 'm.json'), /is not JSON/);
});
