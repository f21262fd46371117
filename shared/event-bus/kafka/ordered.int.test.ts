import { pino } from 'pino';
import { test } from 'tap';
import { kafkaBrokers, skipUnless, uniqueName } from '../../testing/parts.js';
import { FakeLog } from '../contract-parts.js';
import { orderedContract } from '../ordered-contract.js';
import { createKafkaBus } from './kafka.js';

const timings = { sessionTimeoutMs: 8_000, heartbeatIntervalMs: 500, maxWaitMs: 50 };

test('the ordered feed over a real Kafka', skipUnless('kafka'), (t) =>
  orderedContract(t, async (t) => {
    const topics = [uniqueName('passbook.one'), uniqueName('passbook.two')] as const;
    const log = new FakeLog(topics);
    const make = () =>
      createKafkaBus({
        brokers: kafkaBrokers(),
        clientId: 'ordered',
        logger: pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' }),
        partitionsOf: () => 4,
        timings,
      });
    const [bus, other] = [make(), make()];
    t.teardown(() => Promise.all([bus.close(), other.close()]));
    await bus.prepare(topics);
    return { bus, other, log, topics, group: () => uniqueName('group') };
  }),
);
