import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { otlpTraces } from '../../shared/telemetry/otlp-traces.js';
import { openTraces } from '../../shared/telemetry/traces.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { alertingRules, dashboard, exposedBy, promqlFaults } from '../checks/monitoring.js';
import { startBankHere } from './testing/bank-here.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** A collector that takes OTLP over HTTP, and keeps what it was sent. */
async function collector(t: Test): Promise<{ readonly url: string; readonly spans: Span[]; readonly bodies: string[] }> {
  const [spans, bodies]: [Span[], string[]] = [[], []];
  const server = createServer((request, response) => void text(request).then((body) => {
    bodies.push(body);
    for (const { scopeSpans } of (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans) spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    response.setHeader('content-type', 'application/json').end('{}');
  }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans, bodies };
}

const NAME = '欧阳追踪';
const SOMEBODY = { sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'] };
const ANOTHER = { sex: 'female', birthDate: '1949-12-31', idDocument: { type: 'CN-RIC', number: '11010519491231002X' }, phones: ['+8613800138001'] };
const registering = (url: string, token: string, who: object, headers: Record<string, string> = {}) => fetch(`${url}/v1/customers`, {
  method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ kind: 'individual', name: NAME, ...who }),
});

const KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const;
const real = skipUnless('kafka', 'redis').skip === false;

t.test(`one trace from a request to the read models, ${real ? 'through a real Kafka' : 'on the bus within the process'}`, skipUnless('postgres'), async (t) => {
  const { url: collectorUrl, spans, bodies } = await collector(t);
  const traces = otlpTraces({ url: collectorUrl, ratio: 1, role: 'test', everyMs: 50 });
  t.teardown(() => traces.close());
  const { url, token, metrics } = await startBankHere(t, { real, traces });
  const [traceId, callers] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const answer = await registering(url, token, SOMEBODY, { traceparent: `00-${traceId}-${callers}-01` });
  t.equal(answer.status, 201);
  const { id } = await answer.json() as { id: string };
  const named = (name: string): Span[] => spans.filter((span) => span.traceId === traceId && span.name === name);
  const server = await eventually(() => named('POST /v1/customers')[0]);
  t.match(server, { kind: KIND.server, parentSpanId: callers });
  t.same(attributesOf(server), { 'http.request.method': 'POST', 'http.route': '/v1/customers', 'http.response.status_code': 201, 'url.scheme': 'http' });

  const topic = 'passbook.customers.events';
  const processed = await eventually(() => named(`process ${topic}`).find((span) => attributesOf(span)['messaging.consumer.group.name'] === 'customers'));
  const sent = await eventually(() => named(`send ${topic}`)[0]);
  for (const [span, kind] of [[processed, KIND.consumer], [sent, KIND.producer]] as const) t.match(span, { kind, parentSpanId: server.spanId });
  t.match(attributesOf(sent), { 'messaging.operation.type': 'send', 'messaging.destination.name': topic });
  t.match(attributesOf(processed), { 'messaging.operation.type': 'process', 'messaging.destination.name': topic });
  const times = (span: Span): [bigint, bigint] => [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
  t.ok(times(sent)[1] <= times(processed)[1] && times(server)[0] < times(processed)[1], 'a read model shows it after it was sent');
  const appended = await eventually(() => named('append events')[0]);
  t.match(appended, { kind: KIND.client, parentSpanId: server.spanId });
  t.equal(attributesOf(appended)['db.system.name'], 'eventstoredb');

  const told = bodies.join('\n');
  for (const secret of [NAME, '34052419800101001X', '13800138000', '127.0.0.1', id, token]) t.notMatch(told, secret, `${secret} is told to nobody`);

  const own = spans.length;
  t.equal((await registering(url, token, SOMEBODY, { traceparent: `00-${'1'.repeat(32)}-${callers}-00` })).status, 409);
  t.equal((await registering(url, token, ANOTHER)).status, 201);
  await eventually(() => spans.slice(own).some(({ name, traceId: of }) => name === `process ${topic}` && of !== traceId));
  t.notOk(spans.some((span) => span.traceId === '1'.repeat(32)), 'who says that their trace is not recorded is not recorded');

  await t.test('the dashboard and the alerting rules ask for what these roles expose', async (t) => {
    const pages = await eventually(async () => {
      const all = await Promise.all(metrics.map(async (one) => (await one.page()).text));
      return all.some((page) => /^bank_projection_lag_seconds\{.*projection="customers"/m.test(page)) && all;
    });
    const exposed = exposedBy(pages);
    for (const { title, targets = [] } of dashboard().panels) for (const { expr } of targets) t.same(promqlFaults(expr, exposed), [], title);
    for (const { alert, expr } of alertingRules()) t.same(promqlFaults(expr, exposed), [], alert);
  });
});

t.test('control: where nothing is configured nothing is loaded', async (t) => {
  t.equal(await openTraces({ tracesRatio: 1 }, 'api'), undefined);
});

const attributesOf = ({ attributes }: Span): Record<string, unknown> => Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
