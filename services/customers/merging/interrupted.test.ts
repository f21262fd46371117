import t from 'tap';
import { randomUUID } from 'node:crypto';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { Profile } from '../../../shared/events/customers/profile.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { createInterruptedStore } from '../../../shared/records/testing/interrupted-store.js';
import { createRecords } from '../../../shared/records/record.js';
import { createCustomers } from '../customers.js';
import { customerRecord } from '../state.js';
import { person } from '../testing/people.js';
import { createPeople } from './person.js';

const AT = new Date('2026-03-02T08:00:00.000Z');
const context = (id = 'wang', commandId = randomUUID()): CommandContext => ({ commandId, repeatable: true, correlationId: 'c', actor: { id, role: 'branch-manager', channel: 'counter' }, at: AT });

class Killed extends Error {
  override readonly name = 'Killed';
}

/** A bank in memory whose process is killed before or after it appends an event of the type given. */
async function bank(count = 2) {
  const log = createInterruptedStore();
  const kill: { at: string | undefined } = { at: undefined };
  const append: typeof log.append = async (stream, events, expected) => {
    const what = events.map(({ type }) => type).join();
    if (kill.at === `before ${what}`) throw new Killed();
    const result = await log.append(stream, events, expected);
    if (kill.at === `after ${what}`) throw new Killed();
    return result;
  };
  const store = { ...log, append };
  const codec = createCodec(createMemoryVault());
  const customers = createCustomers({ store, codec, secret: Buffer.alloc(32), timeZone: 'Asia/Shanghai', findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => undefined, missingDocuments: async () => [] });
  const records = createRecords({ store: log, codec });
  const ids = await Promise.all(Array.from({ length: count }, async () =>
    (await customers.register({ customerId: randomUUID(), profile: person({ occupation: 'baker' }) as Profile }, context())).id));
  const stateOf = async (id: string) => (await records.load(customerRecord, id))!.state;
  const profileOf = async (id: string) => {
    const state = await stateOf(id);
    return state.status === 'active' ? state.profile : undefined;
  };
  const merge = (customerId: string, from: string, by = context(), fromRevision = 0) =>
    customers.merge({ customerId, from, fromRevision, take: ['name', 'idDocument'], identitiesDiffer: true, reason: 'one', precondition: () => true }, by);
  const typesOf = async (id: string) => (await records.history(customerRecord, id, { direction: 'forwards', limit: 100 }))!.map(({ event }) => event.type);
  return { log, kill, customers, people: createPeople(log), merge, ids: ids as [string, string, ...string[]], stateOf, profileOf, typesOf };
}

const MERGE = ['CustomerMergeBegun', 'CustomerMerged', 'CustomerMergeCompleted'];
const UNMERGE = ['CustomerUnmergeBegun', 'CustomerUnmerged', 'CustomerUnmergeCompleted'];
const moments = (types: readonly string[]) => types.flatMap((type) => [`before ${type}`, `after ${type}`]);

for (const moment of ['never', ...moments(MERGE)])
  t.test(`a merge killed ${moment} ends as if it had not been`, async (t) => {
    const { ids: [survivor, retired], kill, merge, customers, stateOf, profileOf, typesOf, people } = await bank();
    const [mine, theirs] = [await profileOf(survivor), await profileOf(retired)];
    const command = context();
    kill.at = moment;
    if (moment === 'never') await merge(survivor, retired, command);
    else await t.rejects(merge(survivor, retired, command), Killed);
    kill.at = undefined;
    const began = (await typesOf(survivor)).includes('CustomerMergeBegun');
    t.equal(began, moment !== 'before CustomerMergeBegun', 'negative control: the kill was where it was meant to be');
    // Anybody else's process finds it begun; many may, at once.
    await Promise.all([1, 2, 3].map(() => customers.advance(survivor, AT)));
    if (!began) t.match(await stateOf(retired), { merging: { mergedInto: null } });
    // The sender, who has no answer, sends it again.
    const [first, again] = [await merge(survivor, retired, command), await merge(survivor, retired, command)];
    t.strictSame({ ...first, repeated: true }, again);
    t.strictSame(await profileOf(survivor), { ...mine, name: theirs!.name, idDocument: (theirs as { idDocument: unknown }).idDocument });
    t.strictSame(await typesOf(survivor), ['CustomerRegistered', ...MERGE.filter((type) => type !== 'CustomerMerged')]);
    t.strictSame(await typesOf(retired), ['CustomerRegistered', 'CustomerMerged']);
    t.strictSame([await people.idsOf(retired), await people.survivorOf(retired)], [[survivor, retired], survivor]);
  });

for (const moment of ['never', ...moments(UNMERGE)])
  t.test(`undoing killed ${moment} ends as if it had not been`, async (t) => {
    const { ids: [survivor, retired], kill, merge, customers, stateOf, profileOf, typesOf, people } = await bank();
    const before = [await profileOf(survivor), await profileOf(retired)];
    const { id: mergeId } = await merge(survivor, retired);
    const command = context();
    const undo = () => customers.unmerge({ customerId: survivor, mergeId, reason: 'two', precondition: () => true }, command);
    kill.at = moment;
    if (moment === 'never') await undo();
    else await t.rejects(undo(), Killed);
    kill.at = undefined;
    await Promise.all([1, 2, 3].map(() => customers.advance(survivor, AT)));
    await undo();
    t.strictSame([await profileOf(survivor), await profileOf(retired)], before);
    t.strictSame((await typesOf(survivor)).slice(-2), ['CustomerUnmergeBegun', 'CustomerUnmergeCompleted']);
    t.strictSame(await typesOf(retired), ['CustomerRegistered', 'CustomerMerged', 'CustomerUnmerged']);
    t.match(await stateOf(survivor), { merging: { underWay: null, merges: [], layers: null } });
    t.strictSame(await people.idsOf(retired), [retired]);
  });

t.test('a record that changes between the first step and the second is not merged as it was not looked at', async (t) => {
  const { ids: [survivor, retired], log, merge, customers, stateOf, typesOf, profileOf } = await bank();
  const before = await profileOf(survivor);
  log.beforeAppend = async (_, [event]) => {
    if (event!.type !== 'CustomerMerged') return;
    log.beforeAppend = async () => undefined;
    await customers.update({ customerId: retired, patch: { occupation: 'cook' }, precondition: () => true }, context('li'));
  };
  await t.rejects(merge(survivor, retired), { message: 'if_match_stale' });
  t.match(await stateOf(retired), { profile: { occupation: 'cook' }, merging: { mergedInto: null } });
  t.match(await stateOf(survivor), { merging: { underWay: null, merges: [] } });
  t.strictSame(await profileOf(survivor), before);
  t.strictSame((await typesOf(survivor)).slice(1), ['CustomerMergeBegun', 'CustomerMergeAbandoned']);
});

t.test('while it is under way nothing else is done to the survivor; two into each other are never both', async (t) => {
  const { ids: [a, b, c], kill, merge, customers, stateOf } = await bank(3);
  kill.at = 'after CustomerMergeBegun';
  await t.rejects(merge(a, b), Killed);
  await t.rejects(customers.update({ customerId: a, patch: { occupation: 'cook' }, precondition: () => true }, context()), { message: 'merge_under_way' });
  await t.rejects(merge(a, c!), { message: 'merge_under_way' });
  await t.rejects(merge(c!, a, context(), 1), { message: 'merge_under_way' });
  await t.rejects(merge(b, a, context(), 1), { message: 'merge_under_way' });
  kill.at = undefined;
  await customers.advance(a, AT);
  t.match(await stateOf(b), { merging: { mergedInto: { customerId: a } } });

  for (let round = 0; round < 5; round++) {
    const { ids: [x, y], merge: mergeThem, stateOf: stateNow, customers: both } = await bank();
    const outcomes = await Promise.allSettled([mergeThem(x, y), mergeThem(y, x)]);
    await Promise.all([both.advance(x, AT), both.advance(y, AT)]);
    const merged = (await Promise.all([x, y].map(stateNow))).filter((state) => state.status !== 'absent' && state.merging.mergedInto);
    t.equal(merged.length, outcomes.filter(({ status }) => status === 'fulfilled').length);
    t.ok(merged.length <= 1, 'one at most');
  }
});
