import path from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { runTransfers } from '../../load-tests/transfer-workload.js';
import { createClient } from '../../shared/event-bus/kafka/client.js';
import { recordOf } from '../../shared/event-bus/kafka/record.js';
import { withAdmin } from '../../shared/event-bus/kafka/topics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, kafkaBrokers, skipUnless, uniqueName } from '../../shared/testing/parts.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { pythonConsumer, pythonFolder, typescriptConsumer, typescriptFolder, without, type ExampleConsumer } from '../consumers/example-consumer.js';
import { NoPython, pythonOfExample } from '../python-environment.js';
import type { Created } from '../demonstration/http-client.js';
import { dataFolder, logTails, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';

const LEDGER = 'passbook.ledger.events';
const PARTITIONS = 6;
const WAIT = { deadlineMs: 60_000, everyMs: 100 };
const logger = pino({ level: 'silent' });

t.test('consumers of others are killed, and their topic deleted and refilled, while money moves: they end with the ledger\'s own answer', { timeout: 240_000, ...skipUnless('kafka', 'postgres') }, async (t) => {
  const brokers = kafkaBrokers().join(',');
  const kafka = createClient({ brokers: kafkaBrokers(), clientId: 'consumers-journey', retries: 8 }, logger);
  const python = await pythonOfExample().catch((error: unknown) => {
    if (error instanceof NoPython) return error;
    throw error;
  });
  const dataDir = dataFolder(t);
  const bank = await startBankUnderTest({ dataDir, environment: { PASSBOOK_KAFKA_BROKERS: brokers } });
  t.teardown(async () => {
    await bank.stop();
    await withAdmin(kafka, async (admin) => admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => /^passbook\.[a-z-]+\.events$/.test(topic)) }));
  });
  t.on('fail', () => t.comment(logTails(dataDir)));
  const accounts = await openAccounts(bank);
  const where = { brokers, bank: bank.url };
  const copies = t.testdir({ typescript: {}, python: {}, sqlite: {} });
  const sqlite = (name: string): string => path.join(copies, 'sqlite', `${name}.sqlite`);
  const careful: ExampleConsumer[] = [typescriptConsumer('TypeScript', where, await freshDatabase(t, 'consumer'))];
  const careless: ExampleConsumer[] = [
    typescriptConsumer('TypeScript without its guard', where, await freshDatabase(t, 'consumer'), without('revision <= seen', 'tables.js', typescriptFolder, path.join(copies, 'typescript'))),
  ];
  if (!(python instanceof NoPython)) {
    careful.push(pythonConsumer('Python', python, where, sqlite('careful')));
    careless.push(pythonConsumer('Python without its guard', python, where, sqlite('careless'), without('event.revision <= seen', 'tables.py', pythonFolder, path.join(copies, 'python'))));
  }
  const all = [...careful, ...careless];
  t.on('fail', () => all.forEach((one) => t.comment(`${one.name}: ${one.said()}`)));
  t.teardown(() => Promise.all(all.map((one) => one.kill())));
  const reading = (one: ExampleConsumer, after: bigint): Promise<unknown> => eventually(async () => (await one.kept()).position > after, WAIT);

  const moving = moveMoney(t, bank, accounts);
  for (const one of all) one.start();
  await Promise.all(all.map((one) => reading(one, 0n)));
  for (let round = 0; round < 2; round++) {
    await randomMoment(1_000);
    await Promise.all(all.map((one) => one.kill()));
    for (const one of all) one.start();
  }
  await moving.end();
  await caughtUp(all, await lastPosition(bank, accounts));
  const told = await balancesOf(bank, accounts);
  for (const one of all) t.same(await told(one), [], `${one.name}: nothing was lost or doubled by being killed`);

  await t.test('the topic is deleted, and filled again by the relay', async (t) => {
    await Promise.all(all.map((one) => one.kill()));
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [LEDGER] }));
    const again = moveMoney(t, bank, accounts);
    await eventually(() => withAdmin(kafka, async (admin) => (await admin.fetchTopicOffsets(LEDGER)).some(({ high }) => Number(high) > 50)), WAIT);
    for (const one of all) one.start();
    await randomMoment(1_000);
    await Promise.all(all.map((one) => one.kill()));
    for (const one of all) one.start();
    await again.end();
  });
  await caughtUp(all, await lastPosition(bank, accounts));
  const now = await balancesOf(bank, accounts);
  for (const one of careful) {
    t.same(await now(one), [], `${one.name}: every balance is the ledger's`);
    t.equal([...(await one.kept()).balances.values()].reduce((sum, minor) => sum + minor, 0n), 0n, 'debits and credits cancel out');
  }
  for (const one of careless) t.not((await now(one)).length, 0, `control: ${one.name} counted what came twice`);
  for (const one of all) t.equal(await one.stop(), 0, `${one.name} stops cleanly`);

  await t.test('an event that is not as published stops them, and says which and why', async (t) => {
    const topic = uniqueName('passbook.broken');
    await publishBroken(topic);
    const victims = [typescriptConsumer('TypeScript', { ...where, topic }, await freshDatabase(t, 'consumer')), ...(python instanceof NoPython ? [] : [pythonConsumer('Python', python, { ...where, topic }, sqlite('broken'))])];
    for (const one of victims) one.start();
    for (const one of victims) {
      t.equal(await one.ended(), 1, one.name);
      t.match(one.said(), /stopped.*DepositPosted version 1 at ledger-0\/0 is not as published: DepositPosted\/1\.json.*(fewer than 2|too short|non-empty)/);
      t.equal((await one.kept()).balances.size, 0, 'nothing of it was kept');
    }
  });
  if (python instanceof NoPython) await t.test('the consumer in Python', { skip: `NOT RUN: ${python.message}` }, async () => {});

  async function publishBroken(topic: string): Promise<void> {
    await withAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }));
    t.teardown(() => withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] })));
    const uuid = '7d4cb3f2-4a34-4f1e-9f39-0f1f7c2ad1a0';
    const metadata = { commandId: uuid, $correlationId: uuid, $causationId: uuid, actor: { id: 'x', role: 'x', channel: 'online' }, schemaVersion: 1, recordedAt: '2026-01-01T00:00:00.000Z' };
    const record = recordOf({ kind: 'event', topic, key: 'ledger-0', id: uuid, type: 'DepositPosted', stream: 'ledger-0', revision: 0n, position: 1n, data: { movementId: uuid, legs: [] }, metadata }, 0, { number: 1, start: 0n });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [record] });
    await producer.disconnect();
  }
});

async function openAccounts({ client }: BankUnderTest): Promise<string[]> {
  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: 'Consumed Events', sex: 'female', birthDate: '1990-01-01', idDocument: { type: 'FOREIGN-PASSPORT', number: 'X7654321', country: 'DE' }, phones: ['+4915112345678'],
  });
  return Promise.all(Array.from({ length: 8 }, async (_, index) => {
    const { id } = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' }, `open-${index}`);
    await client.post(`/v1/accounts/${id}/deposits`, { money: { amount: '10000.00', currency: 'CNY' }, channel: 'counter', memo: 'sealed' }, `fund-${index}`);
    return id;
  }));
}

let runs = 0;
function moveMoney(t: Test, { url, token }: BankUnderTest, accounts: readonly string[]): { end(): Promise<void> } {
  const ending = new AbortController();
  const working = runTransfers({ url, token, accounts, workers: 4, thinkMs: 50, signal: ending.signal, settleMs: 30_000, random: Math.random, run: `consumed-${runs++}` });
  t.teardown(() => ending.abort());
  return {
    async end() {
      ending.abort();
      await working;
    },
  };
}

async function lastPosition({ client }: BankUnderTest, [first, second]: readonly string[]): Promise<bigint> {
  return BigInt((await client.post<Created>('/v1/transfers', { from: first, to: second, money: { amount: '1.00', currency: 'CNY' } }, `last-${runs++}`)).position);
}

const caughtUp = (consumers: readonly ExampleConsumer[], position: bigint): Promise<unknown> => Promise.all(consumers.map((one) => eventually(async () => {
  const kept = await one.kept();
  return kept.partitions === PARTITIONS && kept.position >= position;
}, WAIT)));

/** By the bank's own answers: the accounts of which a consumer has another balance. */
async function balancesOf(bank: BankUnderTest, accounts: readonly string[]): Promise<(one: ExampleConsumer) => Promise<string[]>> {
  const position = await lastPosition(bank, accounts);
  const rows = await Promise.all(accounts.map(async (id) => [id, BigInt((await bank.client.get<{ balance: { amount: string } }>(`/v1/accounts/${id}?after=${position}`)).balance.amount.replace('.', ''))] as const));
  return async (one) => {
    await caughtUp([one], position);
    const { balances } = await one.kept();
    return rows.flatMap(([id, minor]) => (balances.get(id) === minor ? [] : [`${id}: ${balances.get(id)} instead of ${minor}`]));
  };
}
