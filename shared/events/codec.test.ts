import t from 'tap';
import { z } from 'zod';
import { createMemoryVault } from '../crypto/memory-vault.js';
import { HOUSE, type Vault } from '../crypto/vault.js';
import type { NewEvent, StoredEvent } from '../event-store/port.js';
import { createCodec, subjectsOf, type Draft } from './codec.js';
import { defineEvent, type EventDefinition } from './definition.js';
import { fixtureMetadata, fixtures } from './fixtures.js';
import { personal } from './personal.js';

const eventId = '0198a7c2-0000-7000-8000-0000000000e1';
const otherId = '0198a7c2-0000-7000-8000-0000000000e2';
const stored = (event: NewEvent, place: Partial<StoredEvent> = {}): StoredEvent =>
  ({ ...(JSON.parse(JSON.stringify(event)) as NewEvent), stream: 'ledger-0', revision: 7n, position: 900n, created: new Date(0), ...place });
const dataOf = (name: string) => fixtures.find((fixture) => fixture.name === name)!.data;
const draft = (type: string, data: object, id = eventId): Draft => ({ id, event: { type, data }, metadata: fixtureMetadata });
const transfer = dataOf('TransferPosted.v1.json') as { legs: { customerId: string; memo?: string }[] };

/** A vault that counts what it is asked. */
function counting(): Vault & { readonly asked: string[][] } {
  const vault = createMemoryVault();
  const asked: string[][] = [];
  return {
    ...vault,
    asked,
    keysOf: (subjects) => (asked.push([...subjects]), vault.keysOf(subjects)),
    keysById: (keyIds) => (asked.push([...keyIds]), vault.keysById(keyIds)),
  };
}

t.test('every fixture survives sealing, storing as JSON and reading', async (t) => {
  const codec = createCodec(createMemoryVault());
  for (const { name, definition, version, data } of fixtures) {
    if (version !== definition.version) continue;
    const before = structuredClone(data);
    const [sealed] = await codec.seal([draft(definition.type, data)]);
    t.same(data, before, `${name} is left as it was`);
    const [read] = await codec.read([stored(sealed!)], { open: true });
    t.same(read, { id: eventId, stream: 'ledger-0', revision: 7n, position: 900n, event: { type: definition.type, data }, metadata: { ...fixtureMetadata, schemaVersion: version } }, name);
  }
});

t.test('one question to the vault for a whole batch, none where nothing is personal', async (t) => {
  const vault = counting();
  const codec = createCodec(vault);
  const plain = { ...transfer, legs: transfer.legs.map(({ memo: _, ...leg }) => leg) };
  const sealed = await codec.seal([draft('TransferPosted', plain), draft('BusinessDateOpened', dataOf('BusinessDateOpened.v1.json'))]);
  t.equal(sealed[0]!.data, plain, 'not even copied');
  await codec.read(sealed.map((event) => stored(event)), { open: true });
  t.same(vault.asked, []);
  const [first, second, third] = await codec.seal([draft('TransferPosted', transfer), draft('TransferPosted', plain), draft('TransferPosted', transfer, otherId)]);
  t.same(vault.asked, [transfer.legs.map(({ customerId }) => customerId)]);
  t.equal(second!.data, plain);
  await codec.read([stored(first!), stored(second!), stored(third!)], { open: true });
  t.equal(vault.asked.length, 2);
  t.equal(vault.asked[1]!.length, 2);
});

t.test('closed reading leaves the envelopes and asks for no key', async (t) => {
  const vault = counting();
  const codec = createCodec(vault);
  const [sealed] = await codec.seal([draft('TransferPosted', transfer)]);
  const [read] = await codec.read([stored(sealed!)], { open: false });
  t.same(read!.event.data, JSON.parse(JSON.stringify(sealed!.data)));
  t.equal(vault.asked.length, 1);
});

t.test('of an erased customer only what is personal reads as erased', async (t) => {
  const vault = createMemoryVault();
  const codec = createCodec(vault);
  const [sealed] = await codec.seal([draft('TransferPosted', transfer)]);
  await vault.erase(transfer.legs[0]!.customerId);
  const [read] = await codec.read([stored(sealed!)], { open: true });
  t.same(read!.event.data, { ...transfer, legs: [{ ...transfer.legs[0], memo: 'erased' }, transfer.legs[1]] });
  await t.rejects(codec.seal([draft('TransferPosted', transfer, otherId)]), { name: 'SubjectErased', subject: transfer.legs[0]!.customerId });
});

t.test('where the schema lets the customer be absent and it is, the house is the subject', async (t) => {
  const vault = counting();
  const codec = createCodec(vault);
  const [own, customers] = transfer.legs as [object & { customerId: string }, object];
  const { customerId: _, ...line } = own;
  const [sealed] = await codec.seal([draft('TransferPosted', { ...transfer, legs: [line, customers] })]);
  t.same(vault.asked, [[HOUSE, transfer.legs[1]!.customerId]]);
  t.notMatch(JSON.stringify(sealed!.data), transfer.legs[0]!.memo!);
  await vault.erase(transfer.legs[1]!.customerId);
  const [read] = await codec.read([stored(sealed!)], { open: true });
  t.same(read!.event.data, { ...transfer, legs: [line, { ...customers, memo: 'erased' }] });
  t.same(subjectsOf({ type: 'TransferPosted', data: { ...transfer, legs: [line, customers] } }), new Set([HOUSE, transfer.legs[1]!.customerId]));
});

t.test('a customer who writes "erased" is sealed like anybody', async (t) => {
  const codec = createCodec(createMemoryVault());
  const [sealed] = await codec.seal([draft('TransferPosted', { ...transfer, legs: transfer.legs.map((leg) => ({ ...leg, memo: 'erased' })) })]);
  for (const { memo } of (sealed!.data as unknown as { legs: { memo: object }[] }).legs) t.same(Object.keys(memo).sort(), ['ct', 'iv', 'keyId']);
});

t.test('an envelope opens in its own event and place alone', async (t) => {
  const codec = createCodec(createMemoryVault());
  const sameCustomer = { ...transfer, legs: transfer.legs.map((leg) => ({ ...leg, customerId: transfer.legs[0]!.customerId })) };
  const [sealed] = await codec.seal([draft('TransferPosted', sameCustomer)]);
  const legs = (sealed!.data as unknown as typeof transfer).legs;
  t.equal((await codec.read([stored(sealed!)], { open: true })).length, 1, 'control');
  await t.rejects(codec.read([stored(sealed!, { id: otherId })], { open: true }), { name: 'UnreadableEvent', message: 'TransferPosted at ledger-0/7: the envelope at /legs/0/memo does not open' });
  const swapped = { ...sealed!, data: { ...sealed!.data, legs: [{ ...legs[0], memo: legs[1]!.memo }, legs[1]] } };
  await t.rejects(codec.read([stored(swapped)], { open: true }), { name: 'UnreadableEvent', message: /\/legs\/0\/memo does not open/ });
  await t.rejects(codec.seal([draft('TransferPosted', { ...transfer, legs })]), { message: 'TransferPosted: /legs/0/memo holds an envelope; what is stored must be open' });
});

t.test('what cannot be read says where and why', async (t) => {
  const codec = createCodec(createMemoryVault());
  const [good] = await codec.seal([draft('TransferPosted', transfer)]);
  const unreadable = async (event: Partial<StoredEvent>, why: RegExp | string) => {
    for (const open of [true, false]) await t.rejects(codec.read([stored(good!, event)], { open }), { name: 'UnreadableEvent', message: why, stored: { stream: 'ledger-0', revision: 7n } });
  };
  await unreadable({ type: 'MoneyPrinted' }, 'MoneyPrinted at ledger-0/7: unknown event type');
  for (const metadata of [{}, { schemaVersion: 0 }, { schemaVersion: '1' }, { schemaVersion: 1.5 }, null as unknown as object])
    await unreadable({ metadata }, 'TransferPosted at ledger-0/7: no schema version');
  await unreadable({ metadata: { ...fixtureMetadata, schemaVersion: 2 } }, 'TransferPosted at ledger-0/7: schema version 2 is newer than this program\'s 1');
  await unreadable({ data: null as unknown as object }, 'TransferPosted at ledger-0/7: no data');
  await t.rejects(codec.read([stored(good!, { data: transfer })], { open: true }), { message: 'TransferPosted at ledger-0/7: no envelope at /legs/0/memo' });
});

t.test('bugs on the writing side throw', async (t) => {
  const codec = createCodec(createMemoryVault());
  await t.rejects(codec.seal([draft('MoneyPrinted', {})]), { message: 'event type MoneyPrinted is not in the registry' });
  await t.rejects(codec.seal([draft('CustomerIdentityClaimed', { identity: 'whose?' })]), { message: 'CustomerIdentityClaimed: a personal field without customerId or staffId beside it' });
  await t.rejects(codec.seal([draft('TransferPosted', { legs: [{ memo: 'whose?', customerId: null }] })]), { message: 'TransferPosted: a personal field without customerId or staffId beside it' });
});

t.test('a date or time that no read model could keep is never stored', async (t) => {
  const codec = createCodec(createMemoryVault());
  const refusal = (type: string) => ({ message: `${type}: a date or time outside the years 1 to 9999` });
  const hold = dataOf('HoldPlaced.v1.json');
  for (const expiresAt of ['0000-12-31T23:59:59Z', '+010000-01-01T13:59:59.000Z', '-000001-01-01T00:00:00.000Z'])
    await t.rejects(codec.seal([draft('HoldPlaced', { ...hold, expiresAt })]), refusal('HoldPlaced'), expiresAt);
  await t.rejects(codec.seal([draft('BusinessDateOpened', { businessDate: '0000-01-01' })]), refusal('BusinessDateOpened'));
  for (const field of ['bookingDate', 'valueDate', 'recordedAt'])
    await t.rejects(codec.seal([{ ...draft('TransferPosted', transfer), metadata: { ...fixtureMetadata, [field]: '0000-01-01' } }]), refusal('TransferPosted'), field);
  for (const expiresAt of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']) await t.resolves(codec.seal([draft('HoldPlaced', { ...hold, expiresAt })]), expiresAt);
});

t.test('an event of two versions: the older one is opened by its own shape, then brought to the newer', async (t) => {
  const text = personal(z.string());
  const NoteTaken = defineEvent({
    module: 'test',
    type: 'NoteTaken',
    before: [
      { shape: { customerId: z.string(), note: text }, upcast: ({ note, ...rest }) => ({ ...rest, notes: [{ customerId: rest['customerId'], text: note }] }) },
      { shape: { customerId: z.string(), notes: z.array(z.strictObject({ customerId: z.string(), text })) }, upcast: (data) => ({ ...data, urgent: false }) },
    ],
    shape: { customerId: z.string(), notes: z.array(z.strictObject({ customerId: z.string(), text })), urgent: z.boolean() },
  });
  t.equal(NoteTaken.version, 3);
  const asItWas = defineEvent({ module: 'test', type: 'NoteTaken', shape: { customerId: z.string(), note: text } });
  const only = (definition: unknown) => new Map([['NoteTaken', definition as EventDefinition]]);
  const vault = createMemoryVault();
  const now = createCodec(vault, only(NoteTaken));
  const [sealed] = await createCodec(vault, only(asItWas)).seal([draft('NoteTaken', { customerId: 'c', note: '请回电' })]);
  t.equal((sealed!.metadata as { schemaVersion: number }).schemaVersion, 1);

  const read = async (open: boolean) => (await now.read([stored(sealed!)], { open }))[0]!.event.data as z.output<typeof NoteTaken.schema>;
  t.same(await read(true), { customerId: 'c', notes: [{ customerId: 'c', text: '请回电' }], urgent: false });
  t.same(Object.keys((await read(false)).notes[0]!.text as object).sort(), ['ct', 'iv', 'keyId']);
  await vault.erase('c');
  t.same(await read(true), { customerId: 'c', notes: [{ customerId: 'c', text: 'erased' }], urgent: false });

  const [newest] = await now.seal([{ ...draft('NoteTaken', { customerId: 'd', notes: [{ customerId: 'd', text: 'x' }], urgent: true }), metadata: { ...fixtureMetadata, schemaVersion: 1 } }]);
  t.equal((newest!.metadata as { schemaVersion: number }).schemaVersion, 3, 'the program writes its newest version, whatever the draft says');
  t.same((await now.read([stored(newest!)], { open: true }))[0]!.event.data, { customerId: 'd', notes: [{ customerId: 'd', text: 'x' }], urgent: true });

  const broken = defineEvent({ module: 'test', type: 'NoteTaken', before: [{ shape: {}, upcast: () => { throw new Error('boom'); } }], shape: {} });
  await t.rejects(createCodec(vault, only(broken)).read([stored(sealed!)], { open: true }), { name: 'UnreadableEvent', message: 'NoteTaken at ledger-0/7: it does not come to the newest version' });
});
