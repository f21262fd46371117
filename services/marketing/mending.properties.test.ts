import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { createCodec } from '../../shared/events/codec.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { seed } from '../../shared/testing/seed.js';
import type { Recorded } from '../../shared/events/definition.js';
import { atTheBeginning, Evaluator } from '../evaluation/evaluator.js';
import { memorySubjects } from '../evaluation/memory-store.js';
import { bookedAt, outputsBy, startOfDay } from '../evaluation/testing/runs.js';
import { story } from '../evaluation/testing/story.js';
import { appendMemberships, type Heads } from './membership-log.js';
import { SegmentsProgram, type SegmentOutput } from './program.js';
import { DEFINITIONS, listed, published, segmentId, unlisted, withBetween } from './testing/segments-story.js';

t.comment(`seed ${seed}`);
const everySegment = DEFINITIONS.map((_, n) => segmentId(n));
const resumed = everySegment.map((id) => ({ type: 'SegmentResumed', data: { segmentId: id, version: 1 } }));

/** Segments published early, a list filled now and then, and everything resumed at the end. */
const told = story(60).map((log) => withBetween(log, (place) =>
  place === 12 ? DEFINITIONS.map((_, n) => published(n)) : place === log.length ? resumed : place % 9 === 0 ? [listed(2, place % 6, (place + 1) % 6), unlisted(2, (place + 3) % 6)] : []));

t.test('streams that another program wrote say in the end what this one says, and stay so when all is evaluated anew', async (t) => {
  let [differing, members] = [0, 0];
  await fc.assert(fc.asyncProperty(told, fc.infiniteStream(fc.nat(99)), async (log, chances) => {
    const store = memoryEventStore();
    const append = appendMemberships({ eventStore: store, codec: createCodec(createMemoryVault()), now: () => new Date(0), onDiffer: async () => void differing++ });
    const chance = (): number => chances[Symbol.iterator]().next().value as number;
    // The other program has missed some of what happened.
    const outputs = await outputsBy<SegmentOutput>(() => new SegmentsProgram(), log);
    await append(outputs.filter((one) => (one.kind === 'entered' || one.kind === 'left') && chance() < 80) as never, {});
    await evaluate(log, append);
    const written = await inStore(store);
    deepStrictEqual(written.members, membersOf(outputs));
    await evaluate(log, append);
    deepStrictEqual(await inStore(store), written);
    members += written.members.length;
  }), { seed, numRuns: 12 });
  t.ok(differing > 10 && members > 10, `${differing} times another, ${members} memberships`);
});

async function evaluate(log: readonly Recorded[], append: ReturnType<typeof appendMemberships>): Promise<void> {
  const subjects = memorySubjects();
  const heads: Heads = {};
  const evaluator = await Evaluator.start<SegmentOutput>({
    bookedAt, startOfDay, program: new SegmentsProgram(), store: subjects, state: atTheBeginning, keepInHand: Infinity, pageSize: 3,
    commit: async (step) => {
      await append(step.outputs.filter((one) => one.kind !== 'failed'), heads);
      subjects.keep(step);
    },
  });
  for (let at = 0; at < log.length; at += 17) await evaluator.take(log.slice(at, at + 17));
}

function membersOf(changes: readonly { readonly kind: string; readonly segmentId: string; readonly customerId?: string }[]): string[] {
  const members = new Set<string>();
  for (const { kind, segmentId: segment, customerId } of changes) {
    if (kind === 'entered') members.add(`${segment} ${customerId}`);
    if (kind === 'left') members.delete(`${segment} ${customerId}`);
  }
  return [...members].sort();
}

async function inStore(store: ReturnType<typeof memoryEventStore>): Promise<{ events: number; members: string[] }> {
  const changes = [];
  for await (const { type, data } of store.readAll()) changes.push({ ...(data as { segmentId: string; customerId: string }), kind: type === 'CustomerEnteredSegment' ? 'entered' : 'left' });
  return { events: changes.length, members: membersOf(changes) };
}
