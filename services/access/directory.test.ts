import { allRights } from '../../shared/access/rights.js';
import t from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createDirectory } from './directory.js';
import { accessProcess } from './testing/access-log.js';
import { ANNA, ANNA_TELLS, any, assign, found, hire, idOf, KEY, SWITCH } from './testing/staffed-state.js';

t.test('only who may sign in now is found', async (t) => {
  const { model, run } = await accessProcess(memoryEventStore());
  t.teardown(() => model.stop());
  await run(found);
  await run(hire(ANNA, 'anna.01', 'head-office'));
  const directory = createDirectory(model);
  const now = () => new Date();
  t.same(await directory.byUsername(' Ａnna.01 ', now()), { id: ANNA, username: 'anna.01', role: 'staff', branch: 'head-office' });
  for (const other of ['anna.ol', 'anna-01', 'ben', '', 'constructor']) t.equal(await directory.byUsername(other, now()), undefined, other);
  t.equal((await directory.rightsOf(ANNA, now()))!.permits.size, 0);
  await run(assign(ANNA, ANNA_TELLS, 'teller', 'head-office'));
  t.equal((await directory.byId(ANNA, now()))!.role, 'teller');
  await run({ kind: 'change-staff', staffId: ANNA, username: 'anna', ...any });
  t.equal(await directory.byUsername('anna.01', now()), undefined, 'a former name is none');
  await run({ kind: 'suspend', staffId: ANNA, ...any });
  for (const gone of [await directory.byUsername('anna', now()), await directory.byId(ANNA, now()), await directory.rightsOf(ANNA, now()), await directory.byId(idOf(77), now())]) t.equal(gone, undefined);
});

t.test('a client by a key in force', async (t) => {
  const { model, run } = await accessProcess(memoryEventStore());
  t.teardown(() => model.stop());
  await run(found);
  await run({ kind: 'register-client', clientId: SWITCH, name: 'card-switch', permits: [{ permission: 'money.hold', scope: 'all' }], branch: 'head-office', views: {}, within: allRights('bootstrap') });
  const directory = createDirectory(model);
  t.equal(await directory.clientByKey(KEY, new Date()), undefined);
  await run({ kind: 'add-client-key', within: allRights('bootstrap'), clientId: SWITCH, keyId: KEY, ...any });
  const client = await directory.clientByKey(KEY, new Date());
  t.same([client!.id, [...client!.rights.permits.keys()]], [SWITCH, ['money.hold']]);
  await run({ kind: 'revoke-client', clientId: SWITCH, ...any });
  t.equal(await directory.clientByKey(KEY, new Date()), undefined);
});
