import { pino } from 'pino';
import { test } from 'tap';
import { FakeLog } from './contract-parts.js';
import { createInProcessBus } from './in-process.js';
import { orderedContract } from './ordered-contract.js';

test('the ordered feed within a process', (t) =>
  orderedContract(t, async (t) => {
    const topics = ['passbook.one.events', 'passbook.two.events'] as const;
    const log = new FakeLog(topics);
    const bus = createInProcessBus({ logger: pino({ level: 'silent' }), partitionsOf: () => 4, readLog: (after) => log.read(after) });
    t.teardown(() => bus.close());
    let groups = 0;
    return { bus, other: bus, log, topics, group: () => `group-${++groups}` };
  }));
