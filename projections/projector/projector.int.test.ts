import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { test } from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { appendToys, COINS, expectedSums, newId, shownSums, THINGS, toyBank, toyCodec, toyEvent, toyProjection } from './testing/toy.js';
import { startProjector } from './projector.js';

const streams = ['thing-a', 'thing-b', 'thing-c', 'thing-d', 'thing-e', 'coin-a', 'coin-b'];

test('what is in the log is in the read model, once, and a query may wait for it', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await appendToys(bank.store, 300, streams);
  await eventually(() => bank.projector.ready());
  for (let round = 0; round < 5; round++) {
    const position = await appendToys(bank.store, 40, streams);
    t.equal(await bank.read.waitFor('toy', position, 5_000), true);
    t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
  }
  t.equal(await bank.read.waitFor('toy', 10n ** 12n, 60), false, 'what is not there is not claimed');
  t.equal(await bank.read.waitFor('no_such_projection', 0n, 60), false, 'a projection without a row has reached nothing');
});

test('a waiting query is answered soon, an idle bank writes nothing', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => bank.projector.ready());
  await appendToys(bank.store, 20, streams);
  const waits: number[] = [];
  for (let round = 0; round < 20; round++) {
    const position = await appendToys(bank.store, 1, [streams[round % streams.length]!]);
    const startedAt = performance.now();
    t.equal(await bank.read.waitFor('toy', position, 5_000), true);
    waits.push(performance.now() - startedAt);
  }
  waits.sort((a, b) => a - b);
  t.comment(`waited: median ${waits[10]!.toFixed(1)} ms, slowest ${waits[19]!.toFixed(1)} ms`);
  const writes = async (): Promise<string> =>
    (await bank.pool.query(`SELECT sum(n_tup_upd + n_tup_ins)::text AS n FROM pg_stat_user_tables WHERE schemaname IN ('projector', 'toy_b1')`))
      .rows[0].n;
  await letTimePass(2_500, 'Postgres publishes its statistics late');
  const before = await writes();
  await letTimePass(2_500, 'an idle projector must write nothing meanwhile');
  t.equal(await writes(), before);
});

test('an unreadable event is set aside with its stream, and can be tried again', skipUnless('postgres'), async (t) => {
  const broken = new Set([newId()]);
  const bank = await toyBank(t, { codec: toyCodec((id) => broken.has(id)) });
  await eventually(() => bank.projector.ready());
  const [id] = broken;
  await bank.store.append('thing-a', [toyEvent('ThingHappened', 1), toyEvent('ThingHappened', 2, id), toyEvent('ThingHappened', 4)], 'any');
  await bank.store.append('thing-b', [toyEvent('ThingHappened', 8)], 'any');
  await bank.store.append('thing-a', [toyEvent('ThingHappened', 16)], 'any');
  const position = await appendToys(bank.store, 30, ['thing-b', 'coin-a']);
  t.equal(await bank.read.waitFor('toy', position, 5_000), true, 'the others go on');
  t.strictSame((await shownSums(bank.pool))['thing-a'], { events: 1, amount: 1 });
  const parked = await eventually(() => bank.projector.status()[0]!.parked[0]);
  t.strictSame(
    { stream: parked.stream, events: parked.events, first: parked.firstRevision, topic: parked.topic },
    { stream: 'thing-a', events: 3, first: 1n, topic: THINGS },
  );
  t.match(parked.reason, /cannot be read/);
  t.match(await bank.projector.replayParked('toy', 'thing-a'), { applied: 0, reason: /cannot be read/ });
  t.equal(bank.projector.status()[0]!.parked[0]!.events, 3, 'a try that failed loses nothing');
  broken.clear();
  t.strictSame(await bank.projector.replayParked('toy', 'thing-a'), { applied: 3 });
  const after = (await bank.store.append('thing-a', [toyEvent('ThingHappened', 32)], 'any')).position;
  t.equal(await bank.read.waitFor('toy', after, 5_000), true);
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
  t.strictSame(bank.projector.status()[0]!.parked, []);
});

test('for money the lane halts, is seen, and goes on when the event can be read', skipUnless('postgres'), async (t) => {
  const broken = new Set([newId()]);
  const [id] = broken;
  const bank = await toyBank(t, { codec: toyCodec((event) => broken.has(event)) });
  await eventually(() => bank.projector.ready());
  await bank.store.append('coin-a', [toyEvent('CoinPaid', 1), toyEvent('CoinPaid', 2, id)], 'any');
  const position = await appendToys(bank.store, 30, ['thing-a', 'thing-b']);
  const halted = await eventually(() => bank.projector.status()[0]!.builds[0]!.lanes.find((lane) => lane.halted !== undefined));
  t.equal(halted.topic, COINS);
  t.match(halted.halted, /cannot be read/);
  t.equal(bank.projector.ready(), false);
  t.equal(await bank.read.waitFor('toy', position, 300), false, 'a query is not told that it has all');
  await eventually(async () => (await shownSums(bank.pool))['thing-b']);
  t.ok(((await shownSums(bank.pool))['coin-a']?.events ?? 0) <= 1, 'nothing of the bad event or after it is shown');
  broken.clear();
  t.equal(await bank.read.waitFor('toy', position, 15_000), true);
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
  t.equal(bank.projector.ready(), true);
});

test('an event that cannot be applied is found among its batch and set aside alone', skipUnless('postgres'), async (t) => {
  const projection = toyProjection({
    tables: 'CREATE TABLE sums (stream text PRIMARY KEY, events bigint NOT NULL, amount bigint NOT NULL CHECK (amount < 1000000));',
  });
  const bank = await toyBank(t, { projections: [projection] });
  await eventually(() => bank.projector.ready());
  await bank.store.append('thing-a', [toyEvent('ThingHappened', 5_000_000)], 'any');
  await bank.store.append('thing-b', [toyEvent('ThingHappened', 3)], 'any');
  const position = await appendToys(bank.store, 20, ['thing-b', 'thing-c']);
  t.equal(await bank.read.waitFor('toy', position, 10_000), true);
  const { 'thing-a': left, ...rest } = await expectedSums(bank.store);
  t.ok(left);
  t.strictSame(await shownSums(bank.pool), rest);
  t.equal((await eventually(() => bank.projector.status()[0]!.parked[0])).stream, 'thing-a');
});

test('a projection that forgets an event of its topics does not start', async (t) => {
  const start = (changes: Parameters<typeof toyProjection>[0]) =>
    startProjector({
      ...({} as Parameters<typeof startProjector>[0]),
      projections: [toyProjection(changes)],
      typesOf: () => ['ThingHappened', 'ThingIgnored', 'CoinPaid'],
    });
  await t.rejects(start({ ignores: [] }), /says nothing of ThingIgnored/);
  await t.rejects(start({ handles: ['ThingHappened', 'CoinPaid', 'ThingIgnored'] }), /both handles and ignores/);
  await t.rejects(start({ ignores: ['ThingIgnored', 'ThingForgotten'] }), /ThingForgotten, which is none/);
});
