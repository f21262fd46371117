import { pino } from 'pino';
import t from 'tap';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { startStatusListener } from './status-listener.js';

t.test('a role without an API says whether it works, and its metrics', async (t) => {
  const metrics = createMetrics({ role: 'pipeline' });
  metrics.gauge({ name: 'bank_notary_size', help: 'Events', read: () => 7 });
  let behind = false;
  const listener = await startStatusListener({
    host: '127.0.0.1', port: 0, metrics, logger: pino({ level: 'silent' }),
    checks: { notary: async () => {
      if (behind) throw new Error('the notary is 31 s behind');
    } },
  });
  t.teardown(() => listener.stop());
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${listener.port}${path}`);
  t.same(await (await get('/health/ready')).json(), { status: 'ready', parts: { notary: 'ok' } });
  t.match(await (await get('/metrics')).text(), /bank_notary_size\{role="pipeline"\} 7/);
  behind = true;
  const answer = await get('/health/ready');
  t.same([answer.status, await answer.json()], [503, { status: 'not ready', parts: { notary: 'the notary is 31 s behind' } }]);
  t.equal((await get('/health/live')).status, 200);
  t.equal((await get('/v1/customers')).status, 404);
});
