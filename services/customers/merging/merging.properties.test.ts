import fc from 'fast-check';
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
import { stricterConsents } from './consents.js';
import { createPeople } from './person.js';

const FLAGS = ['marketingSms', 'marketingEmail', 'marketingPush', 'profiling', 'dataSharing'] as const;
const consents = fc.option(fc.record(Object.fromEntries(FLAGS.map((flag) => [flag, fc.boolean()])), { requiredKeys: [] }), { nil: undefined });
const seed = Date.now() % 2 ** 31;
const sorted = (given: object | undefined) => given && Object.entries(given).sort();
const isSame = (a: object | undefined, b: object | undefined): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
/** How much a flag allows: a refusal least, silence next. */
const allows = (given: Readonly<Record<string, boolean | undefined>> | undefined, flag: string): number => (given?.[flag] === true ? 2 : given?.[flag] === false ? 0 : 1);

t.test('of consents the stricter wins, whoever survives', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(fc.property(consents, consents, consents, (a, b, c) => {
    const both = stricterConsents(a, b);
    for (const flag of FLAGS) if (allows(both, flag) !== Math.min(allows(a, flag), allows(b, flag))) return false;
    const sides = [stricterConsents(b, a), stricterConsents(both, c), stricterConsents(a, stricterConsents(b, c))];
    return JSON.stringify(sorted(sides[0])) === JSON.stringify(sorted(both)) && JSON.stringify(sorted(sides[1])) === JSON.stringify(sorted(sides[2]));
  }), { seed, numRuns: 500 });
  t.pass('held');
});

interface Step { readonly kind: 'merge' | 'undo' | 'change'; readonly on: number; readonly other: number; readonly take: readonly string[]; readonly value: string }
const steps = fc.array(fc.record({
  kind: fc.constantFrom('merge' as const, 'merge' as const, 'undo' as const, 'change' as const), on: fc.nat(3), other: fc.nat(3),
  take: fc.uniqueArray(fc.constantFrom('occupation', 'email', 'name', 'idDocument', 'phones')), value: fc.constantFrom('cook', 'smith', 'clerk'),
}), { maxLength: 14 });

t.test('however records are merged, changed and parted again, undoing all leaves what each was with what was changed of it', async (t) => {
  t.comment(`seed ${seed}`);
  await fc.assert(fc.asyncProperty(steps, async (script) => {
    const log = createInterruptedStore();
    const codec = createCodec(createMemoryVault());
    const customers = createCustomers({ store: log, codec, secret: Buffer.alloc(32), timeZone: 'Asia/Shanghai', findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => undefined, missingDocuments: async () => [] });
    const records = createRecords({ store: log, codec });
    const people = createPeople(log);
    // A claim that came to nothing stands in the way for ten seconds.
    let minute = 0;
    const now = () => new Date(Date.UTC(2026, 2, 2, 8, minute++));
    const context = (): CommandContext => ({ commandId: randomUUID(), repeatable: false, correlationId: 'c', actor: { id: 'wang', role: 'branch-manager', channel: 'counter' }, at: now() });
    const ids = await Promise.all([{ consents: { marketingSms: true } }, { email: 'b@example.com', consents: { marketingSms: false } }, { occupation: 'baker' }, {}].map(async (fields) =>
      (await customers.register({ customerId: randomUUID(), profile: person(fields) as Profile, notDuplicateOf: 'any' }, context())).id));
    const load = async (id: string) => (await records.load(customerRecord, id))!;
    const profileOf = async (id: string) => {
      const { state } = await load(id);
      return state.status === 'active' ? state.profile : undefined;
    };
    const mergesOf = async (id: string) => {
      const { state } = await load(id);
      return state.status === 'active' && !state.merging.mergedInto ? state.merging.merges : [];
    };
    /** Each record by itself, had it never been merged. */
    const alone = new Map(await Promise.all(ids.map(async (id) => [id, { ...(await profileOf(id))! } as Record<string, unknown>] as const)));
    const undo = (customerId: string, mergeId: string) => customers.unmerge({ customerId, mergeId, reason: 'two', precondition: () => true }, context());

    for (const { kind, on, other, take, value } of script as Step[]) {
      const [customerId, from] = [ids[on]!, ids[other]!];
      const theirs = (await profileOf(from)) as unknown as Record<string, unknown>;
      try {
        if (kind === 'change') {
          const before = (await load(customerId)).revision;
          const { revision } = await customers.update({ customerId, patch: { occupation: value }, precondition: () => true }, context());
          // What is so already, be it by a merge, is no change.
          if (revision > before) alone.get(customerId)!['occupation'] = value;
        } else if (kind === 'merge')
          await customers.merge({ customerId, from, fromRevision: Number((await load(from)).revision), take: take.filter((field) => theirs[field] !== undefined), identitiesDiffer: true, reason: 'one', precondition: () => true }, context());
        else {
          const merges = await mergesOf(customerId);
          const chosen = merges[other % Math.max(merges.length, 1)];
          if (chosen) await undo(customerId, chosen.id);
        }
      } catch (error) {
        if (!['merge_with_itself', 'customer_merged'].includes((error as Error).message)) throw error;
      }
      // Whoever is one person is one from every id of theirs, and everybody is somebody.
      const persons = new Map<string, readonly string[]>();
      for (const id of ids) persons.set(await people.survivorOf(id), [...(await people.idsOf(id))].sort());
      if ([...persons.values()].flat().sort().join() !== [...ids].sort().join()) return false;
      for (const [survivor, all] of persons) {
        const profile = (await profileOf(survivor))!;
        for (const id of all) if (allows(alone.get(id)!['consents'] as never, 'marketingSms') < allows(profile.consents as never, 'marketingSms')) return false;
      }
    }
    for (let left = true; left; ) {
      left = false;
      for (const id of ids) for (const { id: mergeId } of await mergesOf(id)) {
        await undo(id, mergeId);
        left = true;
      }
    }
    for (const id of ids) if (!isSame(await profileOf(id), alone.get(id))) return false;
    return true;
  }), { seed, numRuns: 80 });
  t.pass('held');
});
