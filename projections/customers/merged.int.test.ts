import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { FieldChange, Individual } from '../../shared/events/customers/profile.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { CustomerFilter } from './conditions.js';
import { customersProjection } from './projection.js';
import { customerQueries } from './search.js';
import { idOf, Story } from './testing/story.js';
import { verifyCustomers } from './verify.js';

const everywhere = { everything: true, branches: [] };
const mergeId = (from: string): string => idOf(`merge of ${from}`);
const merge = (story: Story, into: string, from: string, others: readonly string[] = [], ...changes: FieldChange[]): Story => {
  const ids = { customerId: idOf(into), mergeId: mergeId(from), from: idOf(from) };
  const events: [string, CustomerEvent][] = [
    [into, { type: 'CustomerMergeBegun', data: { ...ids, fromRevision: 0, take: [], decision: { reason: 'one' } } }],
    [from, { type: 'CustomerMerged', data: { customerId: idOf(from), mergeId: ids.mergeId, into: idOf(into) } }],
    [into, { type: 'CustomerMergeCompleted', data: { ...ids, ids: [from, ...others].map(idOf), fields: changes.map(({ field }) => field), update: { changes, reason: 'one' } } }],
  ];
  return events.reduce((told, [name, event]) => told.tell(`customer-${idOf(name)}`, event), story);
};
const unmerge = (story: Story, into: string, from: string, ...changes: FieldChange[]): Story => {
  const ids = { customerId: idOf(into), mergeId: mergeId(from), from: idOf(from) };
  const events: [string, CustomerEvent][] = [
    [into, { type: 'CustomerUnmergeBegun', data: { ...ids, decision: { reason: 'two' } } }],
    [from, { type: 'CustomerUnmerged', data: { customerId: idOf(from), mergeId: ids.mergeId, into: idOf(into) } }],
    [into, { type: 'CustomerUnmergeCompleted', data: { ...ids, ids: [idOf(from)], fields: changes.map(({ field }) => field), update: { changes, reason: 'two' } } }],
  ];
  return events.reduce((told, [name, event]) => told.tell(`customer-${idOf(name)}`, event), story);
};

async function readSide(t: { teardown(handler: () => unknown): void }, tell: (story: Story) => Story) {
  const vault = createMemoryVault();
  const database = await readDatabase(t, customersProjection(vault));
  const story = tell(new Story(vault));
  await database.apply(await story.opened());
  // Of accounts the ledger's read model tells; here everybody in it owns one.
  const ownersOf = (_: object, value: (given: unknown) => string) => `select unnest(${value([idOf('Wei Zhang'), idOf('Bob')])}::uuid[])`;
  const named = (id: string): string => ['张伟', 'Wei Zhang', 'Ann', 'Bob'].find((name) => idOf(name) === id)!;
  const queries = async (few?: number) => {
    const made = await customerQueries(database.store, vault, { ownersOf, ...(few !== undefined && { few }) });
    return { ...made, found: async (filter: CustomerFilter) => (await made.find(filter, 'registeredAt', 10, undefined, everywhere)).items.map(({ id }) => named(id)) };
  };
  const differences = async () => {
    const all = [];
    async function* log() { yield* await story.sealed(); }
    for await (const difference of verifyCustomers({ events: log(), query: database.query, vault, eventsOf: (stream) => story.eventsOf(stream) })) all.push(difference);
    return all;
  };
  return { database, vault, queries, differences, named };
}

/** Somebody who is probably Wei Zhang. */
const twin: Individual = { kind: 'individual', name: 'Wei Zhang', sex: 'female', birthDate: '1990-05-17', idDocument: { type: 'CN-PASSPORT', number: 'E9' }, phones: ['+8613900000002'] };
const PHONES: FieldChange = { field: 'phones', before: ['+8613800000001'], after: ['+8613900000002'] };
const people = (story: Story): Story => story
  .person('张伟', { idDocument: { type: 'CN-PASSPORT', number: 'E10000001' }, phones: ['+8613800000001'] }, 'B01')
  .person('Wei Zhang', { idDocument: { type: 'CN-PASSPORT', number: 'E20000002' }, phones: ['+8613900000002'], birthDate: '1990-05-17', tags: ['opera'] }, 'B02')
  .person('Ann', { idDocument: { type: 'CN-PASSPORT', number: 'E30000003' }, phones: ['+8613700000003'] })
  .person('Bob')
  .account('6200000003', 'Wei Zhang').account('6200000011', 'Ann', 'Wei Zhang');

t.test('a merged record is in no list, and whatever finds it finds the survivor', skipUnless('postgres'), async (t) => {
  const { queries, differences, named, database } = await readSide(t, (story) => merge(people(story), '张伟', 'Wei Zhang', [], PHONES));
  t.same(await differences(), []);
  for (const few of [0, 100]) {
    const { found, probableDuplicates, byId, find } = await queries(few);
    t.same(await found({}), ['张伟', 'Ann', 'Bob']);
    t.same(await found({ idNumber: 'E20000002' }), ['张伟']);
    t.same(await found({ idNumber: 'E10000001' }), ['张伟']);
    t.same(await found({ phone: '13800000001' }), [], 'its own number of before is in no record any more');
    t.same(await found({ phone: '13900000002' }), ['张伟']);
    t.same(await found({ idNumber: 'E20000002', branch: 'B02' }), [], 'the survivor\'s branch is what counts');
    t.same(await found({ idNumber: 'E20000002', branch: 'B01' }), ['张伟']);
    t.same(await found({ tag: 'opera' }), [], 'nor by tags: what counts is the survivor\'s record');
    t.same(await found({ accountNumber: '6200000003' }), ['张伟']);
    t.same(await found({ accountNumber: '6200000011' }), ['张伟', 'Ann']);
    t.same(await found({ product: 'savings' }), ['张伟', 'Ann']);
    t.same(await found({ currency: 'CNY' }), ['张伟', 'Bob'], 'by what the ledger says of the old id');
    t.same((await found({ name: 'Wei Zhang' }))[0], '张伟');
    const [best] = (await find({ name: 'Wei Zhang', branch: 'B01' }, 'registeredAt', 10, undefined, everywhere)).items;
    t.match(best, { id: idOf('张伟'), name: '张伟', score: 1, mergedIds: [idOf('Wei Zhang')] }, 'the name of the merged record counts as much');
    t.same(await found({ name: 'Wei Zhang', branch: 'B02' }), []);
    const candidates = await probableDuplicates(twin);
    t.same(candidates.map(({ id, reasons }) => [named(id), [...reasons].sort()]), [['张伟', ['same_name_and_birth_date', 'same_name_and_phone', 'same_phone_and_birth_date']]], 'never the record that is gone');
    t.match(await byId(idOf('Wei Zhang')), { id: idOf('张伟'), askedId: idOf('Wei Zhang'), mergedIds: [idOf('Wei Zhang')] });
    const own = async (customer: string) => (await find({}, 'registeredAt', 10, undefined, { everything: false, branches: [], customer })).items.map(({ id }) => named(id));
    t.same(await own(idOf('Wei Zhang')), ['张伟'], 'who signs in under an old id reaches the record that it stands for');
  }
  t.same(await database.query('select id from customers.customers where merging'), []);
});

t.test('chains are followed, undoing brings back; a survivor who is restricted is not found by old names', skipUnless('postgres'), async (t) => {
  const chain = (story: Story) => merge(merge(people(story), '张伟', 'Wei Zhang'), 'Ann', '张伟', ['Wei Zhang']);
  const one = await readSide(t, chain);
  t.same(await one.differences(), []);
  const { found, byId } = await one.queries();
  t.same(await found({}), ['Ann', 'Bob']);
  t.same(await found({ idNumber: 'E20000002' }), ['Ann']);
  t.same(await found({ accountNumber: '6200000003' }), ['Ann']);
  t.match(await byId(idOf('Wei Zhang')), { id: idOf('Ann'), askedId: idOf('Wei Zhang') });

  const two = await readSide(t, (story) => unmerge(chain(story), 'Ann', '张伟'));
  const again = await two.queries();
  t.same((await again.byId(idOf('Ann')))?.mergedIds, [idOf('Wei Zhang')], 'control: the event named one id only');

  const kept = await readSide(t, (story) => chain(story).tell(`customer-${idOf('Ann')}`, { type: 'CustomerRestricted', data: { customerId: idOf('Ann'), reason: 'law' } }));
  const restricted = await kept.queries();
  t.same(await restricted.found({ name: 'Wei Zhang' }), []);
  t.same(await restricted.found({ idNumber: 'E20000002' }), []);
  t.same(await restricted.probableDuplicates(twin), []);
  t.same(await kept.differences(), []);
});

t.test('undone, both are found as before, and the row is as it was; verify finds a row that says otherwise', skipUnless('postgres'), async (t) => {
  const back: FieldChange = { field: 'phones', before: PHONES.after, after: PHONES.before };
  const { queries, differences, database } = await readSide(t, (story) => unmerge(merge(people(story), '张伟', 'Wei Zhang', [], PHONES), '张伟', 'Wei Zhang', back));
  const { found, byId } = await queries();
  t.same(await differences(), []);
  t.same(await found({}), ['张伟', 'Wei Zhang', 'Ann', 'Bob']);
  t.same(await found({ phone: '13900000002' }), ['Wei Zhang']);
  t.same(await found({ phone: '13800000001' }), ['张伟']);
  t.same(await found({ accountNumber: '6200000003' }), ['Wei Zhang']);
  t.equal((await byId(idOf('Wei Zhang')))?.id, idOf('Wei Zhang'));
  for (const change of [`merged_ids = array['${idOf('Bob')}'::uuid]`, `merged_into = '${idOf('Bob')}'`, 'merging = true']) {
    await database.query(`create table public.kept as select * from customers.customers; update customers.customers set ${change} where id = '${idOf('Ann')}'`);
    t.match(await differences(), [{ kind: 'changed', key: idOf('Ann'), column: change.split(' ')[0] }]);
    await database.query('truncate customers.customers; insert into customers.customers select * from public.kept; drop table public.kept');
  }
});
