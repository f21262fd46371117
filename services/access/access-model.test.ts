import t, { type Test } from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { StoreFailure, type EventStore } from '../../shared/event-store/port.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { accessProcess, context } from './testing/access-log.js';
import { ANNA, ANNA_TELLS, any, assign, found, hire } from './testing/staffed-state.js';
import type { AccessCommand } from './commands.js';

const opened: AccessCommand = { kind: 'open-branch', branch: 'B1', title: 'One', parent: 'head-office' };
const suspend: AccessCommand = { kind: 'suspend', staffId: ANNA, ...any };

const silence: EventStore['subscribeAll'] = async function* ({ signal }) {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  yield* [];
};

async function bank(t: Test, store: EventStore = memoryEventStore(), options: Parameters<typeof accessProcess>[1] = {}) {
  const process = await accessProcess(store, options);
  t.teardown(() => process.model.stop());
  return process;
}

async function staffedBank(t: Test) {
  const store = memoryEventStore();
  const first = await bank(t, store);
  for (const command of [found, opened, hire(ANNA, 'anna'), assign(ANNA, ANNA_TELLS, 'teller')]) await first.run(command);
  return { store, first };
}

t.test('a command is decided by at once where it was answered, and soon everywhere', async (t) => {
  const { store, first } = await staffedBank(t);
  const second = await bank(t, store, { vault: first.vault, timings: { checkEveryMs: 60_000 } });
  t.ok((await second.model.rightsOf(ANNA, new Date()))!.permits.has('money.pay-in'), 'what was there before it began');
  await first.run(suspend);
  t.equal(await first.model.rightsOf(ANNA, new Date()), undefined);
  await eventually(async () => (await second.model.rightsOf(ANNA, new Date())) === undefined);
});

t.test('a silent subscription is found out by looking', async (t) => {
  const { store, first } = await staffedBank(t);
  const deaf: EventStore = { ...store, subscribeAll: silence };
  const second = await bank(t, deaf, { vault: first.vault, timings: { checkEveryMs: 10 } });
  const third = await bank(t, deaf, { vault: first.vault, timings: { checkEveryMs: 60_000 } });
  await first.run(suspend);
  await eventually(async () => (await second.model.rightsOf(ANNA, new Date())) === undefined);
  t.ok(await third.model.rightsOf(ANNA, new Date()), 'control: who does not look does not know');
  await third.model.refresh();
  t.equal(await third.model.rightsOf(ANNA, new Date()), undefined);
});

t.test('older than ten seconds: the tail is read before anything is decided, once for all who wait', async (t) => {
  const { store, first } = await staffedBank(t);
  let [time, reads, broken] = [0, 0, false];
  const failing: EventStore = {
    ...store,
    subscribeAll: silence,
    readStream(stream, read) {
      reads++;
      if (broken) throw new StoreFailure('unavailable', 'cut');
      return store.readStream(stream, read);
    },
  };
  const metrics = createMetrics();
  const { model } = await bank(t, failing, { vault: first.vault, elapsed: () => time, timings: { checkEveryMs: 3_600_000 }, metrics });
  const age = async () => /^bank_access_model_age_seconds (.*)$/m.exec((await metrics.page()).text)?.[1];
  await first.run(suspend);
  reads = 0;
  time = 10_000;
  t.ok(await model.rightsOf(ANNA, new Date()), 'within ten seconds what is known is good enough');
  t.equal(await age(), '10');
  time = 10_001;
  broken = true;
  await t.rejects(model.rightsOf(ANNA, new Date()), { message: 'outage' });
  await t.rejects(model.clientRightsOf(ANNA), { message: 'outage' });
  broken = false;
  reads = 0;
  t.same(await Promise.all([1, 2, 3].map(async () => model.rightsOf(ANNA, new Date()))), [undefined, undefined, undefined]);
  t.equal(reads, 1);
  t.equal(await age(), '0');
});

t.test('a command given twice is one, in another process too; the key with another body is refused', async (t) => {
  const { store, first } = await staffedBank(t);
  const key = '0198a7c2-0000-7000-8000-0000000000aa';
  const once = await first.run(suspend, ANNA, context('bootstrap', new Date(), key));
  await first.run({ kind: 'reinstate', staffId: ANNA, ...any });
  t.same(await first.run(suspend, ANNA, context('bootstrap', new Date(), key)), once);
  const second = await bank(t, store, { vault: first.vault });
  t.same(await second.run(suspend, ANNA, context('bootstrap', new Date(), key)), once);
  t.ok(await second.model.rightsOf(ANNA, new Date()));
  await t.rejects(second.run(suspend, ANNA, { ...context('bootstrap', new Date(), key), commandHash: 'other' }), { message: 'idempotency_key_reused' });
});

t.test('two processes that decide at once: the second sees the first', async (t) => {
  const { store, first } = await staffedBank(t);
  const second = await bank(t, store, { vault: first.vault });
  const [taken, alike] = await Promise.allSettled([first.run(hire(ANNA.replace('2', '7'), 'dora')), second.run(hire(ANNA.replace('2', '8'), 'd0ra'))]);
  t.same([taken.status, alike.status].sort(), ['fulfilled', 'rejected']);
});

t.test('names are sealed under the person\'s own key', async (t) => {
  const { store, first } = await staffedBank(t);
  const texts: string[] = [];
  for await (const { data } of store.readStream('access-bank')) texts.push(JSON.stringify(data));
  t.notMatch(texts.join(), /Person anna/);
  t.match((await first.model.current()).staff.get(ANNA)!.person, { name: 'Person anna' });
  await first.vault.erase(ANNA);
  const later = await bank(t, store, { vault: first.vault });
  t.equal((await later.model.current()).staff.get(ANNA)!.person, 'erased');
  t.ok(await later.model.rightsOf(ANNA, new Date()), 'rights do not depend on it');
});
