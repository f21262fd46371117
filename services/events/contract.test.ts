import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import specs from '@asyncapi/specs';
import { pino } from 'pino';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { asyncApiOf } from '../../shared/event-bus/asyncapi.js';
import { recordOf, tickRecord } from '../../shared/event-bus/kafka/record.js';
import { schemaFiles } from '../../shared/events/json-schemas.js';
import { allEvents, allTopics } from '../../shared/events/registry.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { eventsModule } from './routes.js';

type Message = { name: string; headers: { $ref: string }; payload: { schema?: { $ref: string } } };
interface Document {
  channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
  components: { messages: Record<string, Message>; schemas: Record<string, object> };
}
const document = asyncApiOf(allEvents) as unknown as Document;

/** Of a stranger: no token is sent. */
const serve = () => buildServer({
  modules: [eventsModule({} as never)], authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
});

t.test('the document is sound AsyncAPI 3.0 by its own schema', async (t) => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(specs.schemasWithoutId['3.0.0']);
  t.ok(validate(document), ajv.errorsText(validate.errors));
  const broken = structuredClone(document) as { channels: Record<string, { messages: unknown }> };
  broken.channels['ledger']!.messages = [];
  t.notOk(validate(broken), 'control: the schema finds what is wrong');
});

t.test('the committed document is the generated one (npm run schemas)', async (t) => {
  t.equal(readFileSync('docs/asyncapi.json', 'utf8'), `${JSON.stringify(document, null, 2)}\n`);
});

t.test('every topic and every version of every event stands in it, and every reference leads somewhere', async (t) => {
  t.same(Object.values(document.channels).map(({ address }) => address), allTopics);
  const versions = allEvents.flatMap(({ type, versions }) => versions.map((_, index) => `${type}.v${index + 1}`));
  t.same(Object.keys(document.components.messages), [...versions, 'tick']);
  t.same(new Set(Object.values(document.channels).flatMap(({ messages }) => Object.keys(messages))), new Set([...versions, 'tick']));
  const find = (pointer: string): unknown => pointer.split('/').slice(1).reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
  for (const [pointer] of JSON.stringify(document).matchAll(/(?<=\$ref":")#[^"]+/g)) t.ok(find(pointer), pointer);
});

t.test('records are as their headers are described', async (t) => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const event = {
    kind: 'event', topic: 'passbook.ledger.events', key: 'ledger-0', id: '7d4cb3f2-4a34-4f1e-9f39-0f1f7c2ad1a0', type: 'CustomerBarred', stream: 'ledger-0', revision: 3n, position: 9n,
    data: {}, metadata: { recordedAt: '2026-01-01T00:00:00.000Z', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  } as const;
  const session = { number: 1, start: 0n };
  for (const [name, { headers }] of [['EventHeaders', recordOf(event, 0, session)], ['TickHeaders', tickRecord(9n, 0, session)]] as const) {
    const schema = document.components.schemas[name] as { properties: object; required: string[] };
    t.ok(ajv.validate(schema, headers), ajv.errorsText());
    t.same(Object.keys(headers).sort(), Object.keys(schema.properties).sort(), 'none is forgotten');
    const [first = '', ...others] = schema.required;
    t.notOk(ajv.validate(schema, Object.fromEntries(others.map((name) => [name, headers[name]]))), `control: without ${first}`);
  }
});

t.test('document and schemas are served to everybody, each schema at the address that the document gives', async (t) => {
  const server = await serve();
  t.teardown(() => server.close());
  t.same((await server.inject('/asyncapi.json')).json(), document);
  const files = schemaFiles(allEvents);
  for (const { name, payload } of Object.values(document.components.messages)) {
    if (name === 'tick') continue;
    const [, version] = /\/(\d+)\.json$/.exec(payload.schema!.$ref)!;
    const answer = await server.inject(payload.schema!.$ref);
    const [, schema] = [...files].find(([path]) => path.endsWith(`/${name}.v${version}.json`))!;
    t.same([answer.statusCode, answer.headers['content-type'], answer.json()], [200, 'application/schema+json; charset=utf-8', schema], payload.schema!.$ref);
  }
  t.same((await server.inject('/schemas/events/metadata.json')).json(), files.get('metadata.json'));
  for (const url of ['/schemas/events/', '/schemas/events/AccountOpened/2.json', '/schemas/events/AccountOpened', '/schemas/events/../../package.json', '/schemas/events/__proto__'])
    t.match((await server.inject(url)).json(), { status: 404, code: 'route_not_found' }, url);
});
