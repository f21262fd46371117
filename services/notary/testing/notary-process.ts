import path from 'node:path';
import { pino } from 'pino';
import { openEventStore } from '../../../shared/event-store/esdb.js';
import { createPool } from '../../../shared/read-store/pool.js';
import { headsFolder } from '../heads-folder.js';
import { startNotary } from '../notary.js';
import { openSigningKey } from '../signing-key.js';

/** A notary in a process of its own, to be killed: event store's URL, database's URL, folder. It signs as often as it can. */
const [eventStoreUrl, opsUrl, folder] = process.argv.slice(2) as [string, string, string];
const logger = pino({ level: 'silent' });
await startNotary({
  eventStore: openEventStore({ url: eventStoreUrl, logger }), opsPool: createPool(opsUrl, { applicationName: 'notary', max: 4, logger }),
  heads: headsFolder(path.join(folder, 'heads')), key: await openSigningKey(path.join(folder, 'notary.key')), origin: 'bank.example/log', logger,
  timings: { signEveryMs: 0, saveEveryMs: 0 },
});
process.send?.('started');
