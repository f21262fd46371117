import { untilLevel } from '../auditor/behind.js';
import type { LoadBank } from '../load-bank.js';
import { publishSegments } from '../founding/publish-segments.js';
import { transfers } from './asks.js';
import type { Figure, Scenario } from './scenario.js';

const ACCOUNTS = 100_000;
const LONGEST_MS = 3_600_000;

export const segments: Scenario = {
  name: 'segments',
  about: 'as uniform over 100,000 accounts of as many customers, with twenty segments in force: their evaluation must keep up, and is built anew from the log before',
  accounts: ACCOUNTS, customers: ACCOUNTS, connections: 64, counted: ['transfer'],
  prepare: publishedAndRebuilt,
  client: (bank) => transfers(bank, () => bank.twoAmong(ACCOUNTS)),
};

async function publishedAndRebuilt(bank: LoadBank): Promise<Figure[]> {
  await untilLevel(bank.records, LONGEST_MS);
  const begun = performance.now();
  const published = await publishSegments(bank);
  await untilLevel(bank.records, LONGEST_MS);
  const publishing = (performance.now() - begun) / 1_000;
  const events = await countEvents(bank);
  // Without its state the evaluation begins with the first event of the log; what it says again is recognised.
  await bank.records.readPool.query('DROP SCHEMA evaluation_marketing CASCADE');
  bank.under.kill('evaluation');
  const killed = performance.now();
  await untilLevel(bank.records, LONGEST_MS);
  const rebuilding = (performance.now() - killed) / 1_000;
  return [
    { what: `${published} segments published, everybody looked at`, value: publishing, unit: 's' },
    { what: `all segments anew from a log of ${events.toLocaleString('en')} events`, value: rebuilding, unit: 's' },
    { what: 'which is', value: events / rebuilding, unit: 'events/s' },
  ];
}

async function countEvents({ records }: LoadBank): Promise<number> {
  let events = 0;
  for await (const _ of records.log.readAll()) events++;
  return events;
}
