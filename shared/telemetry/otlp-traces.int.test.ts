import { test } from 'tap';
import { freePort } from '../../infra/processes/free-port.js';
import { otlpTraces } from './otlp-traces.js';

const away = async (ratio: number) => otlpTraces({ url: `http://127.0.0.1:${await freePort()}/v1/traces`, ratio, role: 'test', everyMs: 10 });

test('a collector that is away costs spans and nothing else: the process goes on, and closing says so', async (t) => {
  const traces = await away(1);
  const spans = Array.from({ length: 3_000 }, () => traces.begin('GET /v1/things', undefined)!);
  for (const span of spans) span.end({ 'http.response.status_code': 200 }, undefined);
  t.match(spans[0]!.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  await t.rejects(traces.close(), { code: 'ECONNREFUSED' });
});

test('what a caller says of their trace goes before the ratio; a malformed one begins a new trace', async (t) => {
  const traces = await away(0);
  t.equal(traces.begin('GET /v1/things', undefined), undefined);
  for (const malformed of ['00-0-0-01', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, '01'.repeat(300)]) t.equal(traces.begin('GET /v1/things', malformed), undefined, malformed);
  const span = traces.begin('GET /v1/things', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')!;
  t.match(span.traceparent, /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  await traces.close();
});
