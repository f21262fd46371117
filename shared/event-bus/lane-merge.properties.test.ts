import fc from 'fast-check';
import { test } from 'tap';
import { seed } from '../testing/seed.js';
import { BEGINNING, LaneMerge, type OrderedProgress } from './lane-merge.js';
import type { BusEvent, BusMessage, LaneId } from './port.js';

const LANES: readonly LaneId[] = [{ topic: 'a', partition: 0 }, { topic: 'a', partition: 1 }, { topic: 'b', partition: 0 }];

const eventAt = (number: number, position: bigint, lane: LaneId): BusEvent => ({
  kind: 'event', topic: lane.topic, key: 'k', id: String(number), type: 'ThingHappened', stream: `s-${number % 5}`, revision: 0n, position, data: {}, metadata: {},
});

/** The log: gaps between positions, and the lane of each event. */
const logs = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 50 }), lane: fc.integer({ min: 0, max: LANES.length - 1 }) }), { maxLength: 60 }).map((list) => {
  let position = -1n;
  return list.map(({ gap, lane }, number) => ({ lane, event: eventAt(number, (position += BigInt(gap)), LANES[lane]!) }));
});
type Log = { readonly lane: number; readonly event: BusEvent }[];

/** How a relay publishes it: so many at once, sometimes ticks, sometimes from an earlier event again. */
const publications = fc.array(fc.record({ count: fc.integer({ min: 0, max: 9 }), tick: fc.boolean(), back: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 20 })) }), { maxLength: 30 });
type Publications = readonly { readonly count: number; readonly tick: boolean; readonly back: number }[];

function publish(log: Log, how: Publications): BusMessage[][] {
  const lanes: BusMessage[][] = LANES.map(() => []);
  const tick = (at: number): void => {
    if (at > 0) for (const lane of lanes) lane.push({ kind: 'tick', position: log[at - 1]!.event.position });
  };
  let at = 0;
  for (const { count, tick: ticks, back } of [...how, { count: log.length, tick: true, back: 0 }]) {
    at = Math.max(0, at - back);
    for (const { lane, event } of log.slice(at, at + count)) lanes[lane]!.push(event);
    at = Math.min(log.length, at + count);
    if (ticks) tick(at);
  }
  return lanes;
}

/** What happens to the consumer, in turn. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), lane: fc.integer({ min: 0, max: LANES.length - 1 }), count: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), most: fc.integer({ min: 1, max: 10 }), killed: fc.constantFrom(false, false, false, true) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  ),
  { maxLength: 150 },
);

for (const cursors of [true, false])
  test(`${cursors ? 'with' : 'without'} cursors: any interleaving, doubles, ticks and restarts give the log's order once, seed ${seed}`, async (t) => {
    fc.assert(
      fc.property(logs, publications, steps, (log, how, todo) => {
        const lanes = publish(log, how);
        let stored: OrderedProgress = BEGINNING;
        const given: BusEvent[] = [];
        let merge: LaneMerge;
        let offsets: number[];
        const start = (): void => {
          merge = new LaneMerge(LANES, JSON.parse(JSON.stringify(stored)) as OrderedProgress);
          offsets = LANES.map((lane, index) => {
            const { position, cursor } = merge.progressOf(lane);
            if (cursors) return Number(cursor ?? 0);
            const next = lanes[index]!.findIndex((message) => message.position > position);
            return next < 0 ? lanes[index]!.length : next;
          });
        };
        const deliver = (lane: number, count: number): void => {
          const messages = lanes[lane]!.slice(offsets[lane]!, offsets[lane]! + count);
          if (messages.length === 0) return;
          offsets[lane]! += messages.length;
          merge.add({ lane: LANES[lane]!, messages, next: { position: 0n, cursor: cursors ? String(offsets[lane]) : null } });
        };
        const take = (most: number, killed: boolean): boolean => {
          const batch = merge.take(most);
          if (!batch) return false;
          const next = merge.progressAt(batch.upTo);
          if (killed) start();
          else {
            if (batch.events.length > most) throw new Error('too many at once');
            if (batch.upTo <= BigInt(stored.position)) throw new Error('progress must rise');
            given.push(...batch.events);
            stored = next;
          }
          return true;
        };
        start();
        for (const step of todo) {
          if (step.kind === 'deliver') deliver(step.lane, step.count);
          else if (step.kind === 'restart') start();
          else take(step.most, step.killed);
          const soFar = log.slice(0, given.length).map(({ event }) => event);
          if (given.some((event, index) => event !== soFar[index])) throw new Error(`out of order: ${given.map(({ id }) => id).join()}`);
        }
        LANES.forEach((_, lane) => deliver(lane, Number.MAX_SAFE_INTEGER));
        while (take(7, false));
        const left = LANES.reduce((sum, lane) => sum + merge.waiting(lane), 0);
        return given.length === log.length && left === 0 && (log.length === 0 || BigInt(stored.position) === log[log.length - 1]!.event.position);
      }),
      { seed, numRuns: 1_500 },
    );
    t.pass('held');
  });

test(`whatever came, the lane that is farthest behind keeps no event once all that is ready was taken, seed ${seed}`, async (t) => {
  fc.assert(
    fc.property(logs, publications, fc.array(fc.tuple(fc.integer({ min: 0, max: LANES.length - 1 }), fc.integer({ min: 1, max: 8 })), { maxLength: 60 }), (log, how, deliveries) => {
      const lanes = publish(log, how);
      const merge = new LaneMerge(LANES, BEGINNING);
      const offsets = LANES.map(() => 0);
      for (const [lane, count] of deliveries) {
        const messages = lanes[lane]!.slice(offsets[lane]!, offsets[lane]! + count);
        offsets[lane]! += messages.length;
        merge.add({ lane: LANES[lane]!, messages, next: { position: 0n, cursor: null } });
        while (merge.take(5));
        const behind = LANES.filter((id) => merge.progressOf(id).position === merge.frontier);
        if (merge.hasReady || behind.some((id) => merge.waiting(id) > 0)) return false;
        if (merge.awaited && !behind.includes(merge.awaited)) return false;
      }
      return true;
    }),
    { seed, numRuns: 1_000 },
  );
  t.pass('held');
});
