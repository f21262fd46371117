import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { FakeLog, LaneStore, revisionsDense } from './contract-parts.js';
import { BusFailure, type EventBus, type Topic } from './port.js';

/** A bus under test with topics of its own, and the log behind it. */
export interface BusUnderTest {
  readonly bus: EventBus;
  /** Another process' bus on the same topics (the very same one for a bus within a process). */
  readonly other: EventBus;
  readonly log: FakeLog;
  readonly topics: readonly [Topic, Topic];
  /** A group name nobody used. */
  group(): string;
}

const WAIT = { deadlineMs: 30_000 };

/** What every bus promises. `open` gives a prepared bus on fresh topics. */
export async function busContract(t: Test, open: (t: Test) => Promise<BusUnderTest>): Promise<void> {
  const publishAll = async ({ bus, log }: BusUnderTest, from = 0): Promise<void> => {
    for (let at = from; at < log.events.length; at += 40) {
      const batch = log.events.slice(at, at + 40);
      await bus.publish(batch, batch[batch.length - 1]!.position);
    }
  };

  await t.test('publishing before the question where to resume is refused', async (t) => {
    const part = await open(t);
    await t.rejects(part.bus.publish([], 0n), { name: 'BusFailure', kind: 'resume-first' } satisfies Partial<BusFailure>);
  });

  await t.test('everything arrives once, each stream in order, and ticks reach every lane', async (t) => {
    const part = await open(t);
    part.log.grow(400, 25);
    const store = new LaneStore(part.bus, part.topics);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    t.equal(await part.bus.resumeFrom(-1n), -1n);
    await publishAll(part);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    t.equal(store.applied.length, 400);
    t.ok(revisionsDense(store.applied));
    t.ok(store.applied.every(({ lane, event }) => lane.topic === event.topic));
    const [sent, got] = [part.log.events[7]!, store.applied.find(({ event }) => event.position === part.log.events[7]!.position)!.event];
    t.strictSame(got, sent, 'the event comes out as it went in');
  });

  await t.test('a consumer that fails gets the batch again from its own progress', async (t) => {
    const part = await open(t);
    part.log.grow(200, 10);
    const store = new LaneStore(part.bus, part.topics);
    store.failOn((batch) => batch % 3 === 2);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    await part.bus.resumeFrom(-1n);
    await publishAll(part);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    t.ok(store.failures > 0);
    t.equal(store.applied.length, 200);
    t.ok(revisionsDense(store.applied));
  });

  await t.test('a lane that fails for ever holds no other lane up', async (t) => {
    const part = await open(t);
    part.log.grow(100, 10);
    const store = new LaneStore(part.bus, part.topics);
    const bad = store.laneOf(part.log.events[0]!);
    store.failOn((_, lane) => lane === bad);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    await part.bus.resumeFrom(-1n);
    await publishAll(part);
    await eventually(() => store.lowest(bad) >= part.log.end, WAIT);
    t.equal(store.applied.filter(({ event }) => store.laneOf(event) === bad).length, 0);
    store.failOn(() => false);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    t.equal(store.applied.length, 100);
  });

  await t.test('a store that was put back gets everything since again', async (t) => {
    const part = await open(t);
    part.log.grow(120, 10);
    const store = new LaneStore(part.bus, part.topics);
    const group = part.group();
    await part.bus.resumeFrom(-1n);
    const first = await part.bus.subscribe(group, part.topics, store);
    await publishAll(part);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await first.stop();
    store.restoreTo(part.log.events[60]!.position);
    t.equal(store.applied.length, 61);
    const second = await part.bus.subscribe(group, part.topics, store);
    await eventually(() => store.applied.length === 120, WAIT);
    await second.stop();
    t.ok(revisionsDense(store.applied));
  });

  await t.test('a group that comes late gets what was published before, and what comes after', async (t) => {
    const part = await open(t);
    part.log.grow(80, 10);
    await part.bus.resumeFrom(-1n);
    await publishAll(part);
    const store = new LaneStore(part.bus, part.topics);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    part.log.grow(80, 10);
    await publishAll(part, 80);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    t.equal(store.applied.length, 160);
    t.ok(revisionsDense(store.applied));
  });

  await t.test('what is published again after a resume does no harm', async (t) => {
    const part = await open(t);
    part.log.grow(80, 10);
    const store = new LaneStore(part.bus, part.topics);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    await part.bus.resumeFrom(-1n);
    await publishAll(part);
    const from = await part.bus.resumeFrom(part.log.events[39]!.position);
    t.ok(from <= part.log.events[39]!.position);
    await publishAll(part);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    t.equal(store.applied.length, 80);
    t.ok(revisionsDense(store.applied));
  });

  await t.test('two members of a group share the lanes; when one leaves the other has them all', async (t) => {
    const part = await open(t);
    const group = part.group();
    const store = new LaneStore(part.bus, part.topics);
    const seenBy = [new Set<string>(), new Set<string>()] as const;
    const first = await part.bus.subscribe(group, part.topics, store.watched((lane) => seenBy[0].add(lane)));
    const second = await part.other.subscribe(group, part.topics, store.watched((lane) => seenBy[1].add(lane)));
    await part.bus.resumeFrom(-1n);
    for (let round = 0; seenBy[0].size === 0 || seenBy[1].size === 0; round++) {
      if (round > 200) throw new Error('the lanes were never shared');
      const from = part.log.events.length;
      part.log.grow(40, 20);
      await publishAll(part, from);
      await pause(50);
    }
    await second.stop();
    const from = part.log.events.length;
    part.log.grow(100, 20);
    await publishAll(part, from);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await first.stop();
    t.equal(store.applied.length, part.log.events.length);
    t.ok(revisionsDense(store.applied));
  });

  await t.test('a member that stops while it joins leaves its lanes to the next one', async (t) => {
    const part = await open(t);
    const group = part.group();
    const store = new LaneStore(part.bus, part.topics);
    await part.bus.resumeFrom(-1n);
    for (const afterMs of [0, 7, 14, 40]) {
      const leaving = await part.bus.subscribe(group, part.topics, store);
      await pause(afterMs);
      await leaving.stop();
      const staying = await part.bus.subscribe(group, part.topics, store);
      const from = part.log.events.length;
      part.log.grow(20, 10);
      await publishAll(part, from);
      await eventually(() => store.lowest() >= part.log.end, WAIT);
      await staying.stop();
    }
    t.equal(store.applied.length, 80);
    t.ok(revisionsDense(store.applied));
  });

  await t.test('a member that stopped is told nothing more', async (t) => {
    const part = await open(t);
    part.log.grow(20, 5);
    const store = new LaneStore(part.bus, part.topics);
    const subscription = await part.bus.subscribe(part.group(), part.topics, store);
    await part.bus.resumeFrom(-1n);
    await publishAll(part);
    await eventually(() => store.lowest() >= part.log.end, WAIT);
    await subscription.stop();
    const told = store.batches;
    part.log.grow(20, 5);
    await publishAll(part, 20);
    await pause(100);
    t.equal(store.batches, told);
  });
}
