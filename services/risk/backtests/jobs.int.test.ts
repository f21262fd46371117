import { pino } from 'pino';
import t from 'tap';
import type { Formula } from '../../../shared/events/risk/rule-events.js';
import { createPool } from '../../../shared/read-store/pool.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../../shared/testing/parts.js';
import type { BacktestResult } from './backtest.js';
import { createBacktests, type BacktestRequest, type RunBacktest } from './jobs.js';

const logger = pino({ level: 'silent' });
const RULE = '0198a7c2-0000-7000-8000-0000000000ff';
const job = (n: number): BacktestRequest => ({ id: `0198a7c2-0000-7000-8000-00000000000${n}`, ruleId: RULE, version: 2, candidate: {} as Formula, published: null, requestedBy: 'li' });
const result: BacktestResult = {
  events: 3, alerts: 1, customers: 1, byMonth: { '2026-03': 1 }, difference: null, shown: { added: [], lost: [] }, failure: null, cost: { asked: 3, milliseconds: 1 },
};

t.test('backtests', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'backtests'), { applicationName: 'backtests', max: 2 });
  t.teardown(() => pool.end());

  await t.test('one at a time, whose progress and result every instance can tell', async (t) => {
    let end!: (result: BacktestResult) => void;
    const run: RunBacktest = (_, onProgress) => {
      onProgress(0.25);
      return new Promise((resolve) => { end = resolve; });
    };
    const [here, there] = [await createBacktests({ pool, run, logger }), await createBacktests({ pool, run, logger })];
    await here.start(job(1));
    t.match(await there.find(job(1).id), { status: 'running', ruleId: RULE, version: 2, requestedBy: 'li', progress: 0 });
    await t.rejects(here.start(job(2)), { name: 'Refusal', rejection: { code: 'backtest_running' } });
    t.equal(await there.find(job(2).id), undefined, 'what was refused is nowhere');
    await eventually(async () => (await there.find(job(1).id) as { progress: number }).progress === 0.25);
    end(result);
    t.match(await eventually(async () => { const found = await there.find(job(1).id); return found?.status === 'done' && found; }), { result });
    await eventually(() => here.start(job(2)).then(() => true));
    end(result);
    await eventually(async () => (await here.find(job(2).id))?.status === 'done');
  });

  await t.test('one that fails says why, and the next may come', async (t) => {
    const backtests = await createBacktests({ pool, run: async () => { throw new Error('the log is away'); }, logger });
    await backtests.start(job(3));
    t.match(await eventually(async () => { const found = await backtests.find(job(3).id); return found?.status === 'failed' && found; }), { reason: 'the log is away' });
    await eventually(() => backtests.start(job(4)).then(() => true));
  });

  await t.test('one whose process ended is interrupted', async (t) => {
    const backtests = await createBacktests({ pool, run: () => new Promise(() => {}), logger });
    await pool.query(`INSERT INTO backtests.jobs (id, rule_id, version, requested_by, beaten_at) VALUES ($1, $2, 1, 'li', now() - interval '1 minute')`, [job(5).id, RULE]);
    t.match(await backtests.find(job(5).id), { status: 'interrupted' });
  });
});
