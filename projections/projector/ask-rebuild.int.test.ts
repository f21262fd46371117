import { test } from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { askRebuild } from './ask-rebuild.js';
import { appendToys, toyBank, toyProjection } from './testing/toy.js';

const streams = ['coin-1', 'thing-1'];
/** As an envelope is: no two builds have the same. */
const withChance = { tables: 'CREATE TABLE sums (stream text PRIMARY KEY, events bigint NOT NULL, amount bigint NOT NULL, sealed uuid DEFAULT gen_random_uuid());' };

test('a rebuild is asked for from another process, which hears what the comparison said', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 300, streams), 10_000);
  t.match(await askRebuild(bank.pool, toyProjection()), { build: 2, comparison: { kind: 'compared', same: true, views: [{ view: 'sums', rows: [2, 2] }] } });
  await bank.pool.query(`UPDATE toy_b2.sums SET amount = amount + 1 WHERE stream = 'coin-1'`);
  t.match(await askRebuild(bank.pool, toyProjection()), { build: 3, comparison: { kind: 'compared', same: false } });
  t.equal(await askRebuild(bank.pool, toyProjection({ version: 2 })), 'other-version');
});

test('where nobody can make it, that is said', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  t.equal(await askRebuild(bank.pool, toyProjection({ name: 'never_seen' })), 'absent');
  await eventually(() => bank.projector.ready());
  await bank.projector.stop();
  t.equal(await askRebuild(bank.pool, toyProjection(), { unattendedMs: 300 }), 'unattended');
  const next = await bank.another();
  await eventually(() => next.status()[0]!.builds.some(({ build, state }) => build === 2 && state === 'live'), { deadlineMs: 20_000 });
});

test('what each build seals for itself is left out where two are compared, and nothing else is', skipUnless('postgres'), async (t) => {
  const apply: ReturnType<typeof toyProjection>['apply'] = (tx, events) =>
    toyProjection().apply({ query: (text, values, name) => tx.query(text.replace('AS s SELECT', 'AS s (stream, events, amount) SELECT'), values, name) }, events);
  const [plain, sealing] = [toyProjection({ ...withChance, apply }), toyProjection({ ...withChance, apply, sealedAnew: ['sealed'] })];
  const [one, other] = [await toyBank(t, { projections: [plain] }), await toyBank(t, { projections: [sealing] })];
  for (const bank of [one, other]) {
    await eventually(() => bank.projector.ready());
    await bank.read.waitFor('toy', await appendToys(bank.store, 100, streams), 10_000);
  }
  t.match(await askRebuild(one.pool, plain), { comparison: { kind: 'compared', same: false } });
  t.match(await askRebuild(other.pool, sealing), { comparison: { kind: 'compared', same: true } });
  await other.pool.query(`UPDATE toy_b2.sums SET amount = amount + 1 WHERE stream = 'coin-1'`);
  t.match(await askRebuild(other.pool, sealing), { comparison: { kind: 'compared', same: false } });
});
