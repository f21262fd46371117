import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../shared/testing/seed.js';
import { atTheBeginning } from '../evaluation/evaluator.js';
import { CopyingStore } from '../evaluation/testing/copying-store.js';
import { outputsBy, sameUnderFire } from '../evaluation/testing/runs.js';
import { PROFILES } from '../evaluation/testing/people.js';
import { story } from '../evaluation/testing/story.js';
import { SegmentsProgram, type SegmentOutput } from './program.js';
import { consents, DEFINITIONS, listed, published, restriction, segmentId, unlisted, withBetween, withdrawn } from './testing/segments-story.js';

t.comment(`seed ${seed}`);
const runs = { seed, numRuns: 40 };
const program = () => new SegmentsProgram();
const who = fc.nat(PROFILES.length - 1);
const deed = fc.oneof(
  fc.nat(DEFINITIONS.length - 1).map((n) => published(n)),
  fc.nat(DEFINITIONS.length - 1).map((n) => withdrawn(n)),
  who.map((one) => listed(2, one, (one + 1) % PROFILES.length)),
  who.map((one) => unlisted(2, one)),
  fc.tuple(who, fc.boolean()).map(([one, wanted]) => consents(one, wanted)),
  fc.tuple(who, fc.constantFrom('CustomerRestricted' as const, 'CustomerRestrictionLifted' as const)).map(([one, type]) => restriction(one, type)),
);
/** A made-up bank, with segments published, withdrawn and filled anywhere in it. */
const marketed = fc.tuple(story(80), fc.array(fc.tuple(fc.nat(120), deed), { minLength: 8, maxLength: 25 })).map(([log, deeds]) => ({
  log: withBetween(log, (place) => [...(place === 12 ? DEFINITIONS.map((_, n) => published(n)) : []), ...deeds.filter(([at]) => Math.min(at, log.length) === place).map(([, one]) => one)]),
}));

/** Who is in, as the changes tell it; a change that makes none is a fault. */
function membersBy(outputs: readonly SegmentOutput[]): string[] {
  const members = new Set<string>();
  for (const one of outputs) {
    if (one.kind === 'failed' || one.kind === 'stands') continue;
    const key = `${one.segmentId} ${one.customerId}`;
    if (members.has(key) === (one.kind === 'entered')) throw new Error(`${one.kind} twice: ${key}`);
    if (one.kind === 'entered') members.add(key);
    else members.delete(key);
  }
  return [...members].sort();
}

t.test('batches, what is in hand and kills at any moment change nothing of who came and went', async (t) => {
  let [kills, changes] = [0, 0];
  await fc.assert(fc.asyncProperty(marketed, fc.infiniteStream(fc.nat(99)), async ({ log }, chances) => {
    const fire = await sameUnderFire(program, log, new CopyingStore(atTheBeginning), chances[Symbol.iterator]());
    kills += fire.kills;
    changes += fire.outputs;
  }), runs);
  t.ok(kills > 20 && changes > 300, `${kills} kills, ${changes} changes`);
});

t.test('who is in at the end is who is found in when every segment is published anew', async (t) => {
  let members = 0;
  await fc.assert(fc.asyncProperty(marketed, async ({ log }) => {
    const live = membersBy(await outputsBy(program, log));
    const inForce = DEFINITIONS.flatMap((_, n) => (log.findLast(({ event: { type, data } }) => ['SegmentPublished', 'SegmentWithdrawn'].includes(type) && (data as { segmentId: string }).segmentId === segmentId(n))?.event.type === 'SegmentPublished' ? [n] : []));
    // Nothing is known of segments until all has happened; whoever is in then comes in by looking at everybody.
    const late = withBetween(log.filter(({ event: { type } }) => !['SegmentPublished', 'SegmentWithdrawn'].includes(type)), () => []);
    const end = withBetween(late, (place) => (place === late.length ? inForce.map((n) => published(n)) : []));
    deepStrictEqual(membersBy(await outputsBy(program, end)), live);
    members += live.length;
  }), runs);
  t.ok(members > 40, `${members} memberships`);
});

t.test('whoever is in a segment and whoever is in its complement are together all customers', async (t) => {
  let members = 0;
  const not = (n: number) => ({ kind: 'dynamic', name: `not ${n}`, tree: { combinator: 'and', not: true, rules: [(DEFINITIONS[n] as { tree: object }).tree] } });
  await fc.assert(fc.asyncProperty(story(60), async (log) => {
    const all = { kind: 'dynamic', name: 'all', tree: { attr: 'customer.kind', operator: 'notNull' } };
    const told = withBetween(log, (place) => (place === 12 ? [published(0), published(1), published(5, 1, not(0)), published(6, 1, not(1)), published(7, 1, all)] : []));
    const outputs = await outputsBy(program, told);
    const members_ = membersBy(outputs);
    const within = (n: number) => members_.filter((key) => key.startsWith(segmentId(n))).map((key) => key.slice(37));
    deepStrictEqual([...within(0), ...within(5)].sort(), within(7));
    deepStrictEqual([...within(1), ...within(6)].sort(), within(7));
    members += members_.length;
  }), { ...runs, numRuns: 30 });
  t.ok(members > 40, `${members} memberships`);
});
