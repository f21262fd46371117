import { pino } from 'pino';
import t from 'tap';
import { createMetrics } from '../../../shared/telemetry/metrics.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { AT, contextOf, erasingBank } from '../testing/erasing-bank.js';
import { startSweep, type SweepOptions } from './sweep.js';

/** A sweep that finds what the read model would; its clock stands unless it is moved, and no round comes by itself after the first. */
async function sweeping(t: { teardown(handler: () => unknown): void }, bank: Awaited<ReturnType<typeof erasingBank>>, options: Partial<SweepOptions> = {}) {
  const clock = { now: AT };
  const metrics = createMetrics();
  const sweep = startSweep({
    erasing: bank.erasures, now: () => clock.now, today: (at) => at.toISOString().slice(0, 10), logger: pino({ level: 'silent' }), metrics, everyMs: 3_600_000,
    async unfinished() {
      const state = await bank.stateOf();
      const under = state.status !== 'absent' && ['confirmed', 'barred', 'backed-up'].includes(state.erasure?.step ?? '');
      return under ? [{ customerId: bank.customerId, since: AT }] : [];
    },
    async overdue(today) {
      const state = await bank.stateOf();
      const backup = state.status === 'absent' ? undefined : state.erasure?.backup;
      return backup && backup.destroyedAt === undefined && backup.keptUntil < today ? [bank.customerId] : [];
    },
    ...options,
  });
  t.teardown(() => sweep.stop());
  const metric = async (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec((await metrics.page()).text)?.[1]);
  return { sweep, clock, metric };
}

t.test('what a process left undone is finished by the first round of the next one', async (t) => {
  const bank = await erasingBank();
  await bank.request();
  bank.kill.at = 'before erase old';
  await t.rejects(bank.confirm(), { name: 'Killed' });
  bank.kill.at = undefined;
  await sweeping(t, bank);
  await eventually(async () => (await bank.types()).at(-1) === 'CustomerErased');
  t.match((await bank.history()).at(-1)!.metadata.actor, { id: 'passbook', role: 'system', channel: 'system' });
});

t.test('what cannot be finished is counted, told with its age, and tried again', async (t) => {
  const bank = await erasingBank();
  await bank.request();
  bank.kill.at = 'before backup';
  await t.rejects(bank.confirm(), { name: 'Killed' });
  const { sweep, clock, metric } = await sweeping(t, bank);
  await sweep.round();
  clock.now = new Date(AT.getTime() + 90_000);
  t.equal(await metric('bank_erasures_unfinished'), 1);
  t.equal(await metric('bank_erasures_unfinished_seconds'), 90);
  t.ok((await metric('bank_erasure_sweep_failures_total')) >= 1);
  t.equal(sweep.note(), '1 unfinished, the oldest for 90 s; carrying on with an erasure failed');
  bank.kill.at = undefined;
  await sweep.round();
  t.equal((await bank.types()).at(-1), 'CustomerErased');
  await sweep.round();
  t.equal(await metric('bank_erasures_unfinished'), 0);
  t.equal(sweep.note(), undefined);
});

t.test('whoever was only asked about, or is as before, is left alone', async (t) => {
  const bank = await erasingBank();
  await bank.request();
  const { sweep } = await sweeping(t, bank, { unfinished: async () => [{ customerId: bank.customerId, since: AT }, { customerId: bank.ids.old, since: AT }] });
  await sweep.round();
  t.same(await bank.types(), ['CustomerRegistered', 'CustomerErasureRequested']);
  t.equal((await bank.vault.keysOf(Object.values(bank.ids))).size, 2);
});

t.test('one that fails keeps no other from being finished, nor a read model that is away the destruction of backups', async (t) => {
  const bank = await erasingBank({ backupYears: 0 });
  await bank.request();
  await bank.confirm();
  const { sweep, clock } = await sweeping(t, bank, { unfinished: () => Promise.reject(new Error('away')) });
  await sweep.round();
  t.equal(bank.files.size, 1, 'its last day');
  clock.now = contextOf('x', new Date('2026-03-03T00:00:01.000Z')).at;
  await sweep.round();
  t.equal(bank.files.size, 0);
  t.equal((await bank.types()).at(-1), 'CustomerBackupDestroyed');
});
