import { pino } from 'pino';
import { test, type Test } from 'tap';
import { FakeLog } from '../../../shared/event-bus/contract-parts.js';
import { createInProcessBus } from '../../../shared/event-bus/in-process.js';
import { createKafkaBus } from '../../../shared/event-bus/kafka/kafka.js';
import type { BusEvent } from '../../../shared/event-bus/port.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { eventIdOf } from '../../../shared/kernel/ids.js';
import { createPool, type Pool } from '../../../shared/read-store/pool.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase, kafkaBrokers, skipUnless, uniqueName } from '../../../shared/testing/parts.js';
import { seed } from '../../../shared/testing/seed.js';
import { Checkpoint } from './checkpoint.js';
import { startProcessor, type Commit, type Evaluation, type Processor, type ProcessorOptions } from './processor.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const WAIT = { deadlineMs: 60_000 };

interface Counted {
  readonly position: string;
  readonly count: number;
  /** Of everything taken: another order gives another one. */
  readonly sum: number;
}
interface Output {
  readonly cause: string;
  readonly count: number;
  readonly sum: number;
}
type Options = ProcessorOptions<Output, Counted>;
type Append = Evaluation<Output, Counted>['append'];

const mixed = (sum: number, position: bigint): number => (Math.imul(sum, 31) + Number(position % 65_521n)) | 0;

/** Every seventh event gives an output, which tells of all events before it. Commits amid a batch as well, at times what may wait. */
function counting(state: Counted | null, append: Append): Evaluation<Output, Counted> {
  let { position, count, sum } = state ?? { position: '-1', count: 0, sum: 0 };
  let outputs: Output[] = [];
  let rows: [string, number][] = [];
  async function give(commit: Commit<Output, Counted>, mustStore: boolean): Promise<void> {
    const sent = outputs;
    outputs = [];
    await commit({
      outputs: sent, mustStore, state: () => ({ position, count, sum }),
      async save(client) {
        const stored = rows;
        rows = [];
        await client.query('INSERT INTO counting.taken SELECT * FROM unnest($1::text[], $2::bigint[])', [stored.map(([id]) => id), stored.map(([, number]) => number)]);
      },
    });
  }
  return {
    append,
    async take(events, commit) {
      for (const event of events.filter((one) => one.position > BigInt(position))) {
        [position, count, sum] = [String(event.position), count + 1, mixed(sum, event.position)];
        rows.push([event.id, count]);
        if (count % 7 === 0) outputs.push({ cause: event.id, count, sum });
        if (count % 40 === 0) await give(commit, count % 80 === 0);
      }
      await give(commit, false);
    },
    store: (commit) => give(commit, true),
  };
}

function expected(events: readonly BusEvent[]): Output[] {
  let sum = 0;
  return events.flatMap(({ id, position }, index) => {
    sum = mixed(sum, position);
    return (index + 1) % 7 === 0 ? [{ cause: id, count: index + 1, sum }] : [];
  });
}

async function world(t: Test, kafka: boolean) {
  const url = await freshDatabase(t, 'processor');
  const pool = (applicationName: string): Pool => {
    const made = createPool(url, { applicationName, max: 8, logger });
    t.teardown(() => made.end());
    return made;
  };
  const topics = [uniqueName('passbook.one'), uniqueName('passbook.two')];
  const log = new FakeLog(topics);
  const bus = kafka
    ? createKafkaBus({ brokers: kafkaBrokers(), clientId: 'processor', logger, partitionsOf: () => 3, timings: { sessionTimeoutMs: 8_000, heartbeatIntervalMs: 500, maxWaitMs: 50 } })
    : createInProcessBus({ logger, partitionsOf: () => 3, readLog: (after) => log.read(after) });
  t.teardown(() => bus.close());
  await bus.prepare(topics);
  await bus.resumeFrom(-1n);
  const opsPool = pool('ops');
  const readPool = pool('processor');
  await readPool.query('CREATE SCHEMA counting; CREATE TABLE counting.taken (id text PRIMARY KEY, number bigint NOT NULL)');
  const store = memoryEventStore();
  const sent: string[] = [];
  const append = async (outputs: readonly Output[]): Promise<void> => {
    for (const output of outputs) {
      const id = eventIdOf(output.cause, 0);
      sent.push(id);
      await store.append('outputs-1', [{ id, type: 'Counted', data: output, metadata: {} }], 'any');
    }
  };
  const name = uniqueName('counting');
  return {
    log, opsPool, readPool, append, sent, pool,
    async publish(from = 0) {
      for (let at = from; at < log.events.length; at += 40) {
        const batch = log.events.slice(at, at + 40);
        await bus.publish(batch, batch[batch.length - 1]!.position);
      }
    },
    start({ append: appendAs = append, ...changes }: Partial<Options> & { readonly append?: Append } = {}): Processor {
      const processor = startProcessor<Output, Counted>({
        name, bus, topics, opsPool, readPool, schema: 'counting', logger, begin: async (state) => counting(state, appendAs), limits: { batchEvents: 100, idleMs: 20 }, ...changes,
      });
      t.teardown(() => processor.stop());
      return processor;
    },
    async outputs(): Promise<Output[]> {
      const outputs: Output[] = [];
      for await (const { data } of store.readAll()) outputs.push(data as Output);
      return outputs;
    },
    async taken(): Promise<string[]> {
      const { rows } = await readPool.query<{ id: string }>('SELECT id FROM counting.taken ORDER BY number');
      return rows.map(({ id }) => id);
    },
  };
}

for (const kafka of [false, true]) {
  const on = kafka ? 'on Kafka' : 'within the process';
  const parts = skipUnless('postgres', ...(kafka ? ['kafka' as const] : []));

  test(`${on}: killed and failing at any moment, every output is in the log once, and as the log's order gives it, seed ${seed}`, { ...parts, timeout: 120_000 }, async (t) => {
    const w = await world(t, kafka);
    let random = seed;
    const chance = (): number => (random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
    let failing = true;
    let failures = 0;
    const fail = (rate: number): void => {
      if (!failing || chance() > rate) return;
      failures++;
      throw new Error('as the test wants it');
    };
    const append: Append = async (outputs) => {
      fail(0.05);
      await w.append(outputs);
      // In the log, and nobody lives to tell.
      fail(0.1);
    };
    let processor = w.start({ append });
    for (let round = 0; round < 5; round++) {
      const from = w.log.events.length;
      w.log.grow(500, 25);
      await w.publish(Math.max(0, from - Math.floor(chance() * 100)));
      await eventually(async () => (await w.taken()).length > from + 100 + 300 * chance(), WAIT);
      // Its connections are gone, those of lease and transaction alike.
      if (round % 2 === 0) await w.readPool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('ops', 'processor') AND pid <> pg_backend_pid() AND datname = current_database()`);
      else {
        await processor.stop();
        processor = w.start({ append });
      }
    }
    failing = false;
    await eventually(() => processor.status().position >= w.log.end, WAIT);
    await processor.stop();
    t.ok(failures > 0, `${failures} failures`);
    t.ok(w.sent.length > new Set(w.sent).size, 'control: outputs were sent again');
    t.same(await w.outputs(), expected(w.log.events));
    t.same(await w.taken(), w.log.events.map(({ id }) => id), 'what goes with it is there once');
  });
}

test('thrown away and evaluated anew, the same outputs come and none is stored again', skipUnless('postgres'), async (t) => {
  const w = await world(t, false);
  w.log.grow(700, 25);
  await w.publish();
  const first = w.start();
  await eventually(() => first.status().position >= w.log.end, WAIT);
  await first.stop();
  const before = await w.outputs();
  await w.readPool.query('DROP TABLE counting.checkpoint, counting.applied_steps; TRUNCATE counting.taken');
  const second = w.start();
  await eventually(() => second.status().position >= w.log.end, WAIT);
  await second.stop();
  t.equal(w.sent.length, 200);
  t.same(await w.outputs(), before);
  t.same(before, expected(w.log.events));
});

test('of two one processes; whoever has lost the turn stores nothing any more', skipUnless('postgres'), async (t) => {
  const w = await world(t, false);
  const processors = [w.start({ instance: 'one' }), w.start({ instance: 'two' })];
  w.log.grow(300, 10);
  await w.publish();
  await eventually(() => processors.some((one) => one.status().position >= w.log.end), WAIT);
  t.same(processors.map((one) => one.status().state).sort(), ['processing', 'standby']);
  await Promise.all(processors.map((one) => one.stop()));
  t.same(processors.map((one) => one.status().state), ['stopped', 'stopped']);

  const frozen = await Checkpoint.take<Counted>(w.readPool, 'counting');
  const { progress } = frozen.saved;
  await frozen.save({ progress });
  const successor = await Checkpoint.take<Counted>(w.readPool, 'counting');
  let effects = 0;
  await t.rejects(frozen.save({ state: { position: '0', count: 0, sum: 0 } }, async () => void effects++), { name: 'Overtaken' });
  t.equal(effects, 0);
  t.same((await Checkpoint.take<Counted>(w.readPool, 'counting')).saved, successor.saved);
  t.same(await w.taken(), w.log.events.map(({ id }) => id));
});
