import type { Test } from 'tap';
import { pino } from 'pino';
import { eventually } from '../testing/eventually.js';
import { seed } from '../testing/seed.js';
import type { BusUnderTest } from './contract.js';
import { LaneStore } from './contract-parts.js';
import { BEGINNING, type OrderedProgress } from './lane-merge.js';
import { laneName } from './lanes.js';
import { subscribeInOrder, type OrderedBatch, type OrderedLimits, type OrderedSubscription } from './ordered.js';
import type { BusEvent, EventBus } from './port.js';

const WAIT = { deadlineMs: 60_000 };
const logger = pino({ level: 'silent' });

/** Effects and progress, which change together or not at all; as a database gives the progress back. */
class OrderedStore {
  events: BusEvent[] = [];
  batches = 0;
  private column = JSON.stringify(BEGINNING);

  get progress(): OrderedProgress {
    return JSON.parse(this.column) as OrderedProgress;
  }

  get position(): bigint {
    return BigInt(this.progress.position);
  }

  commit({ events, after, upTo, next }: OrderedBatch): void {
    if (after !== this.position) throw new Error(`somebody else was here: ${after} is not ${this.position}`);
    if (BigInt(next.position) !== upTo || upTo <= after) throw new Error(`${after} to ${upTo} says ${next.position}`);
    this.batches++;
    this.events.push(...events);
    this.column = JSON.stringify(next);
  }
}

/** What the ordered feed promises on every bus. */
export async function orderedContract(t: Test, open: (t: Test) => Promise<BusUnderTest>): Promise<void> {
  let random = seed;
  const chance = (): number => (random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;

  const feedOf = (part: BusUnderTest, group: string, store: OrderedStore, more: { bus?: EventBus; handle?: (batch: OrderedBatch) => Promise<void>; rest?: () => Promise<void>; limits?: Partial<OrderedLimits> } = {}): OrderedSubscription =>
    subscribeInOrder({
      bus: more.bus ?? part.bus, group, topics: part.topics, logger,
      load: async () => store.progress,
      handle: more.handle ?? (async (batch) => store.commit(batch)),
      ...(more.rest && { rest: more.rest }),
      ...(more.limits && { limits: more.limits }),
    });
  const publish = async ({ bus, log }: BusUnderTest, from = 0, atOnce = 40): Promise<void> => {
    for (let at = from; at < log.events.length; at += atOnce) {
      const batch = log.events.slice(at, at + atOnce);
      await bus.publish(batch, batch[batch.length - 1]!.position);
    }
  };
  const positions = (events: readonly BusEvent[]): string => events.map(({ position }) => position).join();
  const inLogsOrder = (t: Test, part: BusUnderTest, store: OrderedStore): void => {
    t.equal(store.events.length, part.log.events.length);
    t.equal(positions(store.events), positions(part.log.events));
  };

  await t.test('many lanes come out as the log, in its order; by themselves they do not', async (t) => {
    const part = await open(t);
    part.log.grow(3_000, 40);
    const [store, lanes] = [new OrderedStore(), new LaneStore(part.bus, part.topics)];
    const plain = await part.bus.subscribe(part.group(), part.topics, lanes);
    const feed = feedOf(part, part.group(), store);
    await part.bus.resumeFrom(-1n);
    await publish(part);
    await eventually(() => store.position >= part.log.end && lanes.lowest() >= part.log.end, WAIT);
    await Promise.all([feed.stop(), plain.stop()]);
    inLogsOrder(t, part, store);
    t.not(positions(lanes.applied.map(({ event }) => event)), positions(part.log.events), 'control');
    t.strictSame(store.events[7], part.log.events[7], 'the event comes out as it went in');
  });

  await t.test(`handlers that fail, members that stop and doubles at any moment lose and double nothing, seed ${seed}`, async (t) => {
    const part = await open(t);
    const store = new OrderedStore();
    const group = part.group();
    const limits = { batchEvents: 50, laneMessages: 60, idleMs: 20 };
    let failures = 0;
    let failing = true;
    const handle = async (batch: OrderedBatch): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (failing && chance() < 0.15) {
        failures++;
        // Before or after the commit: whoever commits and does not live to tell is asked nothing.
        if (chance() < 0.5) store.commit(batch);
        throw new Error('as the test wants it');
      }
      store.commit(batch);
    };
    await part.bus.resumeFrom(-1n);
    let feed = feedOf(part, group, store, { handle, limits });
    let published = 0;
    for (let round = 0; round < 6; round++) {
      part.log.grow(800, 30);
      await publish(part, Math.max(0, published - Math.floor(chance() * 200)));
      published = part.log.events.length;
      if (round % 2 === 0) await eventually(() => store.events.length > published - 800 * chance(), WAIT);
      if (round % 3 !== 1) {
        await feed.stop();
        feed = feedOf(part, group, store, { handle, limits });
      }
      if (round === 3) await part.bus.resumeFrom(part.log.events[100]!.position);
    }
    failing = false;
    await publish(part, published - 1);
    await eventually(() => store.position >= part.log.end, WAIT);
    await feed.stop();
    t.ok(failures > 0, `${failures} failures`);
    inLogsOrder(t, part, store);
  });

  await t.test('what was handled and not stored is stored when nothing more comes, and comes again where that fails', async (t) => {
    const part = await open(t);
    const store = new OrderedStore();
    let unstored: OrderedBatch[] = [];
    const seen: bigint[] = [];
    let [rests, failing, working] = [0, true, false];
    const limits = { batchEvents: 50, laneMessages: 1_000, idleMs: 20 };
    await part.bus.resumeFrom(-1n);
    const feed = feedOf(part, part.group(), store, {
      limits,
      async handle(batch) {
        working = true;
        await new Promise((resolve) => setImmediate(resolve));
        if (batch.after === store.position) unstored = [];
        unstored.push(batch);
        seen.push(...batch.events.map(({ position }) => position));
        working = false;
      },
      async rest() {
        rests++;
        t.notOk(working, 'never beside the handler');
        if (failing) throw new Error('as the test wants it');
        for (const batch of unstored.splice(0)) store.commit(batch);
      },
    });
    part.log.grow(300, 20);
    await publish(part);
    await eventually(() => rests >= 2, WAIT);
    t.equal(store.events.length, 0, 'control: nothing was stored');
    failing = false;
    await eventually(() => store.position >= part.log.end, WAIT);
    await feed.stop();
    inLogsOrder(t, part, store);
    t.ok(seen.length >= 2 * part.log.events.length, 'after the failure all of it came again');
  });

  await t.test('a slow handler: what waits is bounded, and nothing stands still', async (t) => {
    const part = await open(t);
    part.log.grow(4_000, 40);
    const store = new OrderedStore();
    let [delivered, mostWaiting] = [0, 0];
    const counting: EventBus = {
      ...part.bus,
      subscribe: (group, topics, consumer) =>
        part.bus.subscribe(group, topics, {
          ...consumer,
          handle: (batch) => {
            delivered += batch.messages.filter(({ kind, position }) => kind === 'event' && position > store.position).length;
            mostWaiting = Math.max(mostWaiting, delivered - store.events.length);
            return consumer.handle(batch);
          },
        }),
    };
    await part.bus.resumeFrom(-1n);
    const feed = feedOf(part, part.group(), store, {
      bus: counting,
      limits: { batchEvents: 25, laneMessages: 30 },
      handle: async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        store.commit(batch);
      },
    });
    await publish(part);
    await eventually(() => store.position >= part.log.end, WAIT);
    await feed.stop();
    inLogsOrder(t, part, store);
    t.comment(`at most ${mostWaiting} events waited`);
  });

  await t.test('a lane that is behind for long holds the order up and nothing else; the others wait within their bounds', async (t) => {
    const part = await open(t);
    part.log.grow(2_000, 20);
    const [store, others] = [new OrderedStore(), new LaneStore(part.bus, part.topics)];
    const bad = others.laneOf(part.log.events[0]!);
    let held = true;
    let rests = 0;
    const taken = new Map<string, { events: number; largest: number }>();
    const holding: EventBus = {
      ...part.bus,
      subscribe: (group, topics, consumer) =>
        part.bus.subscribe(group, topics, {
          ...consumer,
          handle: async (batch) => {
            const name = laneName(batch.lane);
            if (held && name === bad) throw new Error('as the test wants it');
            const count = batch.messages.filter(({ kind }) => kind === 'event').length;
            const { events, largest } = taken.get(name) ?? { events: 0, largest: 0 };
            if (held) taken.set(name, { events: events + count, largest: Math.max(largest, count) });
            const rest = await consumer.handle(batch);
            if (rest) rests++;
            return rest;
          },
        }),
    };
    const plain = await part.bus.subscribe(part.group(), part.topics, others);
    const feed = feedOf(part, part.group(), store, { bus: holding, limits: { laneMessages: 50 } });
    await part.bus.resumeFrom(-1n);
    await publish(part);
    await eventually(() => others.lowest() >= part.log.end, WAIT);
    await eventually(() => feed.status().awaited !== undefined, WAIT);
    t.equal(laneName(feed.status().awaited!), bad);
    t.equal(store.events.length, 0);
    t.ok(rests > 0, 'lanes rest');
    t.ok([...taken.values()].every(({ events, largest }) => events <= 50 + largest), JSON.stringify([...taken]));
    held = false;
    await eventually(() => store.position >= part.log.end, WAIT);
    await Promise.all([feed.stop(), plain.stop()]);
    inLogsOrder(t, part, store);
  });

  await t.test('two members of one group never give anything out of order, and the one that is left goes on', async (t) => {
    const part = await open(t);
    const store = new OrderedStore();
    const group = part.group();
    const first = feedOf(part, group, store);
    const second = feedOf(part, group, store, { bus: part.other });
    await part.bus.resumeFrom(-1n);
    for (let round = 0; round < 10; round++) {
      const from = part.log.events.length;
      part.log.grow(60, 20);
      await publish(part, from);
    }
    await second.stop();
    await eventually(() => store.position >= part.log.end, WAIT);
    await first.stop();
    inLogsOrder(t, part, store);
  });

  await t.test('an event is given soon though every other lane is idle', async (t) => {
    const part = await open(t);
    const store = new OrderedStore();
    part.log.grow(50, 10);
    const feed = feedOf(part, part.group(), store);
    await part.bus.resumeFrom(-1n);
    await publish(part);
    await eventually(() => store.events.length === 50, WAIT);
    const took: number[] = [];
    for (let round = 0; round < 40; round++) {
      part.log.grow(1, 10);
      const begun = performance.now();
      await publish(part, part.log.events.length - 1);
      await eventually(() => store.events.length === part.log.events.length, { ...WAIT, everyMs: 1 });
      took.push(performance.now() - begun);
    }
    await feed.stop();
    inLogsOrder(t, part, store);
    took.sort((a, b) => a - b);
    t.comment(`published to given: median ${took[20]!.toFixed(1)} ms, most ${took[39]!.toFixed(1)} ms`);
    t.ok(took[20]! < 500, 'half of them within half a second');
  });

  await t.test('progress moves where only others have events', async (t) => {
    const part = await open(t);
    part.log.grow(10, 3);
    const store = new OrderedStore();
    const feed = feedOf(part, part.group(), store, { limits: { idleMs: 20 } });
    await part.bus.resumeFrom(-1n);
    await publish(part);
    await eventually(() => store.position >= part.log.end, WAIT);
    await part.bus.publish([], part.log.end + 500n);
    await eventually(() => store.position === part.log.end + 500n, WAIT);
    await feed.stop();
    inLogsOrder(t, part, store);
  });
}
