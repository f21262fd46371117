import { randomUUID } from 'node:crypto';
import t from 'tap';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { readConnections } from '../supervisor/connections.js';
import { readProcessList } from '../supervisor/process-list.js';
import { dataFolder, logTails, runTool, startBankUnderTest } from './bank-under-test.js';

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** Nothing that stands still stays unseen: readiness, metrics and verification tell it, whoever is asked. */
t.test('a pipeline that is away or halted is seen', { timeout: 240_000 }, async (t) => {
  const dataDir = dataFolder(t);
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const { client } = bank;
  const get = (role: string, path: string): Promise<Response> => fetch(`http://127.0.0.1:${readProcessList(dataDir)[role]!.statusPort}${path}`);
  const metric = async (role: string, name: string, ...labels: string[]): Promise<number> => {
    const page = await (await get(role, '/metrics')).text();
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
    t.equal(lines.length, 1, `${role} has ${name} ${labels.join()}`);
    return Number(lines[0]?.slice(lines[0].lastIndexOf(' ')));
  };
  const ready = async (role = 'api'): Promise<Health & { readonly code: number }> => {
    const answer = await get(role, '/health/ready');
    return { code: answer.status, ...((await answer.json()) as Health) };
  };
  const deposit = (): Promise<Created> =>
    client.post(`/v1/accounts/${account.id}/deposits`, { money: { amount: '1.00', currency: 'CNY' }, channel: 'counter' }, randomUUID());

  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01',
    idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
  });
  const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
  await client.get(`/v1/accounts/${account.id}?after=${(await deposit()).position}`);

  await t.test('a bank that keeps up is ready, and each role tells its own', async (t) => {
    for (const role of ['api', 'pipeline', 'evaluation', 'event-store']) {
      t.equal((await get(role, '/health/live')).status, 200, role);
      t.match(await ready(role), { code: 200, status: 'ready' }, role);
    }
    for (const role of ['api', 'pipeline']) {
      for (const lag of ['bank_projection_lag_events', 'bank_projection_lag_seconds'])
        await eventually(async () => (await metric(role, lag, 'projection="ledger"')) === 0, { everyMs: 200 });
      await eventually(async () => (await metric(role, 'bank_relay_lag_seconds')) === 0, { everyMs: 200 });
      t.equal(await metric(role, 'bank_projection_halted_lanes', 'projection="ledger"'), 0, role);
      t.equal(await metric(role, 'bank_projection_live', 'projection="customers"'), 1, role);
    }
    for (const evaluation of ['risk', 'marketing'])
      await eventually(async () => (await metric('api', 'bank_evaluation_lag_events', `evaluation="${evaluation}"`)) === 0, { everyMs: 200 });
    t.ok((await metric('evaluation', 'bank_evaluation_events_total', 'evaluation="risk"')) > 0);
    t.ok((await metric('pipeline', 'bank_relay_position')) > 0);
    t.ok((await metric('pipeline', 'bank_projection_events_total', 'projection="ledger"')) > 0);
    t.ok((await metric('event-store', 'bank_event_store_appends_total')) > 3);
    t.ok((await metric('api', 'bank_event_store_events_appended_total')) > 3);
    t.equal(await metric('api', 'bank_ledger_intake_commands', 'shard="0"'), 0);
    t.ok((await metric('api', 'bank_read_wait_seconds_count', 'projection="ledger"', 'outcome="reached"')) >= 1);
    t.match(await runTool(bank, 'audit', 'verify'), { code: 0, out: '', err: /^clean: / });
  });

  await t.test('an evaluation that is away is late, and nobody else', async (t) => {
    const { pid } = readProcessList(dataDir)['evaluation']!;
    process.kill(pid, 'SIGSTOP');
    try {
      await client.get(`/v1/accounts/${account.id}?after=${(await deposit()).position}`);
      for (const evaluation of ['risk', 'marketing']) t.equal(await metric('api', 'bank_evaluation_lag_events', `evaluation="${evaluation}"`), 1);
      t.equal((await ready()).code, 200, 'the bank is open');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(async () => (await metric('api', 'bank_evaluation_lag_events', 'evaluation="risk"')) === 0, { everyMs: 200 });
  });

  await t.test('a pipeline that is away while work waits', async (t) => {
    const { pid } = readProcessList(dataDir)['pipeline']!;
    process.kill(pid, 'SIGSTOP');
    try {
      t.equal((await ready()).code, 200, 'nothing waits yet');
      await deposit();
      const { parts, ...health } = await eventually(async () => {
        const one = await ready();
        return one.code === 503 && one;
      }, { deadlineMs: 40_000, everyMs: 500 });
      t.equal(health.status, 'not ready');
      t.match(parts['pipeline'], /^the relay: 1 events behind the log, the oldest of them for 1[5-9] s; .*customers: 1 .*; ledger: 1 events behind the log/);
      t.strictSame({ ...parts, pipeline: '' }, { 'event-store': 'ok', 'read-store': 'ok', ledger: 'ok', pipeline: '', 'sign-in': 'ok', erasures: 'ok', 'access-log': 'ok' });
      t.equal(await metric('api', 'bank_projection_lag_events', 'projection="ledger"'), 1);
      t.match(await runTool(bank, 'audit', 'verify'), {
        code: 5, out: /^read_model_behind {2}customers {2}it has not got 1 of its events up to position \d+: .*\nread_model_behind {2}ledger {2}it has not got 1 of .*\nread_model_behind {2}statistics {2}it has not got 1 of .*\n$/,
        err: /^nothing wrong, but a read model has not got the whole log: /,
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(async () => (await ready()).code === 200, { deadlineMs: 30_000 });
    t.match(await runTool(bank, 'audit', 'verify'), { code: 0, out: '' });
  });

  await t.test('a lane that has halted', async (t) => {
    const store = openEventStore({ url: readConnections(dataDir)!['PASSBOOK_EVENTSTORE_URL']! });
    t.teardown(() => store.close());
    await store.append('ledger-9', [{ id: randomUUID(), type: 'LedgerSold', data: {}, metadata: {} }], 'no-stream');
    const halted = /ledger: lane passbook\.ledger\.events\/\d has halted: LedgerSold at ledger-9\/0: /;
    // Every projection that hears the ledger halts, one after the other.
    await eventually(async () => {
      const { code, parts } = await ready();
      return code === 503 && halted.test(String(parts['pipeline']));
    });
    t.match(await ready('pipeline'), { code: 503, parts: { pipeline: halted } });
    t.equal(await metric('api', 'bank_projection_halted_lanes', 'projection="ledger"'), 1);
    const lane = /^lane_halted {2}ledger passbook\.ledger\.events\/\d {2}LedgerSold at ledger-9\/0/m;
    t.match(await runTool(bank, 'audit', 'verify'), { code: 1, out: lane });
    t.equal(await bank.stop(), 0);
    const stopped = await runTool(bank, 'audit', 'verify');
    t.match(stopped, { code: 1, out: lane });
    t.match(stopped.out, /^read_model_behind {2}ledger {2}it has not got 1 of/m);
  });
});
