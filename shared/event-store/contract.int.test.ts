import { test } from 'tap';
import { startSeparateEventStore } from '../../infra/event-store/separate-process.js';
import { freshDatabase, skipUnless } from '../testing/parts.js';
import { eventStoreContract } from './contract.js';
import { openEventStore } from './esdb.js';

const timeouts = { appendTryMs: 5_000, appendMs: 30_000 };
let opened = 0;

/** A connection name of its own makes the process treat it as another store, with its own connection for appends. */
const named = (url: string): string => `${url}&connectionName=contract-${opened++}`;

test('the embedded server', { ...skipUnless('postgres'), timeout: 180_000 }, async (t) => {
  const server = await startSeparateEventStore(await freshDatabase(t, 'log'));
  t.teardown(() => server.stop());
  eventStoreContract(t, async () => openEventStore({ url: named(server.url), checkpointEvery: 32, timeouts }), { restart: () => server.restart() });
});

const url = process.env['PASSBOOK_TEST_EVENTSTORE_URL'];
test('the server at PASSBOOK_TEST_EVENTSTORE_URL', { skip: url ? false : 'PASSBOOK_TEST_EVENTSTORE_URL is not set', timeout: 180_000 }, async (t) => {
  eventStoreContract(t, async () => openEventStore({ url: named(url as string), checkpointEvery: 32, timeouts }));
});
