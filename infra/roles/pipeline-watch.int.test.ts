import { test } from 'tap';
import { appendToys, newId, toyBank, toyCodec, toyEvent } from '../../projections/projector/testing/toy.js';
import { createMetrics, type Metrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { pipelineLag } from './pipeline-lag.js';
import { watchPipeline } from './pipeline-watch.js';

type ToyBank = Awaited<ReturnType<typeof toyBank>>;

/** As another process sees the bank's pipeline, `later` so many seconds from now. */
function seenFrom({ store, pool }: ToyBank, later = 0, projections = ['toy']) {
  const sources = { eventStore: store, readPool: pool, opsPool: pool, projections, now: () => Date.now() + later * 1_000 };
  const metrics = createMetrics();
  const watch = watchPipeline(sources, metrics);
  return {
    lag: () => pipelineLag(sources),
    why: () => watch.check().then(() => undefined, (error: Error) => error.message),
    value: (series: string) => valueOf(metrics, series),
  };
}

async function valueOf(metrics: Metrics, series: string): Promise<number | undefined> {
  const line = (await metrics.page()).text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const isLevel = async (bank: ToyBank): Promise<boolean> => {
  const { relay, projections } = await seenFrom(bank).lag();
  return relay.events === 0 && projections.every(({ events, live }) => live && events === 0);
};

test('a pipeline that keeps up is ready, however long nothing happens', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await appendToys(bank.store, 30, ['thing-a', 'coin-a']);
  await eventually(() => isLevel(bank));
  const muchLater = seenFrom(bank, 3_600);
  t.equal(await muchLater.why(), undefined);
  t.equal(await muchLater.value('bank_projection_lag_events{projection="toy"}'), 0);
  t.equal(await muchLater.value('bank_projection_lag_seconds{projection="toy"}'), 0);
  t.equal(await muchLater.value('bank_relay_lag_events'), 0);
  t.equal(await muchLater.value('bank_projection_live{projection="toy"}'), 1);
});

test('a lane that has halted is named with its reason at once', skipUnless('postgres'), async (t) => {
  const broken = new Set([newId()]);
  const [id] = broken;
  const bank = await toyBank(t, { codec: toyCodec((event) => broken.has(event)) });
  await eventually(() => isLevel(bank));
  await bank.store.append('coin-a', [toyEvent('CoinPaid', 1, id), toyEvent('CoinPaid', 2)], 'any');
  const { halted } = await eventually(async () => (await seenFrom(bank).lag()).projections.find((one) => one.halted.length > 0));
  t.match(halted, [{ lane: /^passbook\.coins.*\.events\/\d$/, reason: `CoinPaid at coin-a/0: UnreadableEvent: ${id} cannot be read` }]);
  const seen = seenFrom(bank);
  t.match(await seen.why(), /^toy: lane passbook\.coins\S+ has halted: CoinPaid at coin-a\/0: .*cannot be read$/);
  t.equal(await seen.value('bank_projection_halted_lanes{projection="toy"}'), 1);
  t.equal(await seen.value('bank_projection_lag_events{projection="toy"}'), 2);
  broken.clear();
  await eventually(async () => (await seenFrom(bank).why()) === undefined, { deadlineMs: 20_000 });
  await eventually(() => isLevel(bank));
  t.equal(await seenFrom(bank).value('bank_projection_halted_lanes{projection="toy"}'), 0);
});

test('what waits is counted and dated by the log when nobody carries it', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await appendToys(bank.store, 30, ['thing-a']);
  await eventually(() => isLevel(bank));
  await bank.projector.stop();
  await appendToys(bank.store, 7, ['thing-a']);
  await eventually(async () => (await seenFrom(bank).lag()).relay.events === 0);
  t.equal(await seenFrom(bank).why(), undefined, 'for a moment this is nothing');
  const later = seenFrom(bank, 60);
  t.match(await later.why(), /^toy: 7 events behind the log, the oldest of them for 6\d s$/, 'the projector is away, the relay is not');
  await bank.relay.stop();
  await appendToys(bank.store, 2_500, ['thing-b']);
  const both = await seenFrom(bank, 60).lag();
  t.equal(both.relay.events, 2_500, 'reckoned where there are too many to count');
  t.equal(both.projections[0]!.events, 2_507);
  t.match(await seenFrom(bank, 60).why(), /^the relay: 2500 events behind the log, .*; toy: 2507 events behind the log/);
  await bank.another();
  const relayStillAway = await eventually(async () => (await seenFrom(bank, 60).why())?.startsWith('the relay: '));
  t.equal(relayStillAway, true);
});

test('a stream set aside is counted; a read model that nobody builds is missed', skipUnless('postgres'), async (t) => {
  const broken = newId();
  const bank = await toyBank(t, { codec: toyCodec((event) => event === broken) });
  await eventually(() => isLevel(bank));
  await bank.store.append('thing-a', [toyEvent('ThingHappened', 1, broken), toyEvent('ThingHappened', 2)], 'any');
  await eventually(() => isLevel(bank));
  t.equal(await seenFrom(bank).value('bank_projection_parked_events{projection="toy"}'), 2);
  t.equal(await seenFrom(bank).why(), undefined, 'the others are shown');
  const both = seenFrom(bank, 0, ['toy', 'other']);
  t.equal(await both.why(), 'other: there is no read model yet');
  t.equal(await both.value('bank_projection_live{projection="other"}'), 0);
});

test('without its parts nothing is known, and nothing old is said', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => isLevel(bank));
  const metrics = createMetrics();
  const away = { ...bank.store, readAll: () => { throw new Error('the log is away'); } };
  const watch = watchPipeline({ eventStore: away, readPool: bank.pool, opsPool: bank.pool, projections: ['toy'], now: Date.now }, metrics);
  await t.rejects(watch.check(), { message: 'the log is away' });
  t.equal(await valueOf(metrics, 'bank_projection_lag_events{projection="toy"}'), undefined);
});
