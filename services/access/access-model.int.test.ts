import { test, type Test } from 'tap';
import { cuttableProxy } from '../../infra/event-store/cuttable-proxy.js';
import { startSeparateEventStore } from '../../infra/event-store/separate-process.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { accessProcess } from './testing/access-log.js';
import { ANNA, ANNA_TELLS, any, assign, found, hire } from './testing/staffed-state.js';

const QUICK = { staleAfterMs: 1_000, checkEveryMs: 200, rereadMs: 500 };
const refusesNow = { message: 'outage' };

/** Two processes on one log; the second behind a line that can be cut, with the rule of freshness and, as a control, without. */
async function world(t: Test) {
  const server = await startSeparateEventStore(await freshDatabase(t, 'log'));
  t.teardown(() => server.stop());
  const proxy = await cuttableProxy(server.port);
  t.teardown(() => proxy.close());
  const open = (port: number, name: string) => {
    const store = openEventStore({ url: `${server.url.replace(`:${server.port}`, `:${port}`)}&connectionName=${name}`, timeouts: { appendTryMs: 2_000, appendMs: 10_000 } });
    t.teardown(() => store.close());
    return store;
  };
  const near = await accessProcess(open(server.port, 'near'));
  t.teardown(() => near.model.stop());
  for (const command of [found, hire(ANNA, 'anna', 'head-office'), assign(ANNA, ANNA_TELLS, 'teller', 'head-office')]) await near.run(command);
  const far = await accessProcess(open(proxy.port, 'far'), { vault: near.vault, timings: QUICK });
  const careless = await accessProcess(open(proxy.port, 'careless'), { vault: near.vault, timings: { ...QUICK, staleAfterMs: Infinity } });
  t.teardown(() => Promise.all([far.model.stop(), careless.model.stop()]));
  return { server, proxy, near, far, careless };
}

for (const how of ['cut', 'muffle'] as const)
  test(`the line is gone (${how}): refused until it heals, then decided by what happened meanwhile`, { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
    const { proxy, near, far, careless } = await world(t);
    const now = () => new Date();
    t.ok(await far.model.rightsOf(ANNA, now()));
    proxy[how]();
    await near.run({ kind: 'suspend', staffId: ANNA, ...any });
    await eventually(() => far.model.rightsOf(ANNA, now()).then(() => false, () => true));
    await t.rejects(far.model.rightsOf(ANNA, now()), refusesNow);
    t.ok(await careless.model.rightsOf(ANNA, now()), 'control: without the rule a suspended teller goes on');
    if (how === 'muffle') proxy.cut();
    proxy.heal();
    await eventually(async () => (await far.model.rightsOf(ANNA, now())) === undefined, { deadlineMs: 30_000 });
  });

test('the store restarts: the subscription resumes', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const { server, near, far } = await world(t);
  await server.restart();
  await eventually(() => near.run({ kind: 'suspend', staffId: ANNA, ...any }), { deadlineMs: 30_000 });
  await eventually(async () => (await far.model.rightsOf(ANNA, new Date())) === undefined, { deadlineMs: 30_000 });
  t.equal((await far.model.current()).staff.get(ANNA)!.status, 'suspended');
});
