import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { personId } from '../evaluation/testing/told-bank.js';
import type { MembershipChange, Standing } from './membership.js';
import { appendMemberships, membersStream, type Heads } from './membership-log.js';
import { segmentId } from './testing/segments-story.js';

const ID = segmentId(1);
const change = (who: number, kind: MembershipChange['kind'] = 'entered'): MembershipChange => ({
  kind, segmentId: ID, version: 1, customerId: personId(who), at: 1_767_225_600_000, cause: { kind: 'event', id: `0198a7c2-0000-7000-8009-${String(who).padStart(12, '0')}` }, because: 'rule', trace: [{ node: '', result: true }],
});
const many = (count: number): MembershipChange[] => Array.from({ length: count }, (_, who) => change(who));

function world() {
  const vault = createMemoryVault();
  const differing: string[] = [];
  const store = memoryEventStore();
  const codec = createCodec(vault);
  return {
    vault, store, codec,
    differing,
    append: appendMemberships({ eventStore: store, codec, now: () => new Date('2026-01-01T00:00:00Z'), onDiffer: async ({ segmentId: id, eventId }) => void differing.push(`${id} ${eventId}`) }),
    async stored(): Promise<StoredEvent[]> {
      const events: StoredEvent[] = [];
      for await (const event of store.readStream(membersStream(ID))) events.push(event);
      return events;
    },
  };
}

t.test('what comes again after a crash, all of it, some of it, or divided otherwise, is there once', async (t) => {
  for (const lost of [0, 1, 199, 200, 450]) {
    const { append, stored } = world();
    const before: Heads = {};
    await append(many(lost), { ...before });
    const heads = { ...before };
    await append(many(500), heads);
    t.same((await stored()).map(({ data }) => (data as { customerId: string }).customerId), many(500).map(({ customerId }) => customerId), `${lost} were there`);
    t.same(heads, { [ID]: '499' });
    await append([change(0, 'left')], heads);
    t.same(heads, { [ID]: '500' });
  }
});

t.test('evaluated anew from the beginning, nothing is written', async (t) => {
  const { append, stored, differing } = world();
  await append(many(300), {});
  const heads: Heads = {};
  for (const one of many(300)) await append([one], heads);
  t.equal((await stored()).length, 300);
  t.same(heads, { [ID]: '299' });
  t.same(differing, []);
});

t.test('a stream that is not what comes is told, stands still, and is mended by where everybody stands; the others go on', async (t) => {
  const { append, stored, differing } = world();
  const cause = { kind: 'event', id: '0198a7c2-0000-7000-8009-0000000000ee' } as const;
  const stands = (who: number, member: boolean): Standing => ({ kind: 'stands', segmentId: ID, version: 1, customerId: personId(who), member, at: 1_767_312_000_000, cause, because: 'rule' });
  const other = { ...change(3), segmentId: segmentId(2) };
  // Another program wrote 0, 1, 2; by this one 0 and 3 are in.
  await append([change(0), change(1), change(2)], {});
  const evaluated = async (heads: Heads): Promise<Heads> => {
    await append([change(0), change(3), other], heads);
    t.match(heads, { [ID]: /^differs /, [segmentId(2)]: '0' });
    await append([change(1), change(1, 'left')], heads);
    await append([stands(0, true), stands(1, false), change(3)], heads);
    await append([stands(2, false), stands(3, true), stands(4, false)], heads);
    await append([change(5), stands(5, true)], heads);
    await append([change(0, 'left')], heads);
    return heads;
  };
  const first = await evaluated({});
  const story = async (): Promise<string[]> => (await stored()).map(({ type, data }) => `${type} ${personId(0) === (data as Standing).customerId ? 0 : (data as Standing).customerId.at(-1)}`);
  const whole = ['0', '1', '2'].map((who) => `CustomerEnteredSegment ${who}`).concat(['CustomerLeftSegment 1', 'CustomerLeftSegment 2', 'CustomerEnteredSegment 3', 'CustomerEnteredSegment 5', 'CustomerLeftSegment 0']);
  t.same(await story(), whole);
  t.same(differing, [`${ID} ${(await stored())[1]!.id}`]);
  const second = await evaluated({});
  t.same(second, first);
  t.same(await story(), whole, 'evaluated anew, the same is found and nothing is written');
  t.equal(new Set(differing).size, 1, 'and told again as the same');
  await append([stands(9, true)], second);
  t.same((await story()).length, whole.length, 'control: a sound stream is not touched by where somebody stands');
});

t.test('of who has been erased it is written without a trace, and what comes of them no more is passed over', async (t) => {
  const { append, stored, vault, codec } = world();
  await append([change(0), change(1)], {});
  await vault.erase(personId(0));
  const heads: Heads = {};
  await append([change(1), change(2)], heads);
  t.same((await stored()).map(({ data }) => (data as { customerId: string }).customerId), [0, 1, 2].map(personId));
  await append([change(0, 'left'), change(2, 'left')], heads);
  const opened = await codec.read(await stored(), { open: true });
  t.match(opened.map(({ event }) => (event.data as { trace?: unknown }).trace), ['erased', [{ node: '' }], [{ node: '' }], undefined, [{ node: '' }]]);
});
