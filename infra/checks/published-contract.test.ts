import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, type Test } from 'tap';
import { z } from 'zod';
import { asyncApiOf } from '../../shared/event-bus/asyncapi.js';
import { defineEvent, type EventDefinition } from '../../shared/events/definition.js';
import { schemaFiles } from '../../shared/events/json-schemas.js';
import { personal } from '../../shared/events/personal.js';
import { PUBLISHED_MODULES } from '../../shared/events/published-modules.js';
import { allEvents } from '../../shared/events/registry.js';
import { checkoutRoot } from '../checkout.js';
import { breaches, extended, PUBLISHED, publishedThings, takenBack, type Things } from './published-contract.js';

const thingsOf = (definitions: readonly EventDefinition[], modules?: readonly string[]): Things =>
  publishedThings({ schemas: schemaFiles(definitions), document: asyncApiOf(definitions) }, modules);

test('what is published is as it was published, and all of it is on the list', async (t) => {
  t.same(breaches(readFileSync(PUBLISHED, 'utf8'), thingsOf(allEvents)), []);
  const drafts = new Set(allEvents.map(({ module }) => module).filter((module) => !PUBLISHED_MODULES.includes(module)));
  t.comment(drafts.size === 0 ? 'every module is published' : `not promised to anybody yet: ${[...drafts].join(', ')}`);
});

test('no commit ever took anything off the list', async (t) => {
  const { status, stdout } = spawnSync('git', ['log', '--patch', '--format=', '--', PUBLISHED], { cwd: checkoutRoot, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) return t.comment('NOT CHECKED: no history here');
  t.same(takenBack(stdout), []);
});

const shape = { id: z.string().max(20), amount: z.int(), kind: z.enum(['a', 'b']), note: personal(z.string()).optional(), customerId: z.string(), title: z.string().optional() };
const event = (changed: z.ZodRawShape, more: Partial<Parameters<typeof defineEvent>[0]> = {}): EventDefinition =>
  defineEvent({ module: 'shop', type: 'ThingSold', shape: { ...shape, ...changed }, ...more });
const without = (name: keyof typeof shape): EventDefinition => defineEvent({ module: 'shop', type: 'ThingSold', shape: Object.fromEntries(Object.entries(shape).filter(([key]) => key !== name)) });
const list = extended('', thingsOf([event({})], ['shop']));

const refuses = (t: Test, definition: EventDefinition, name: string): void => {
  const things = thingsOf([definition], ['shop']);
  t.match(breaches(list, things), [/^schema shop\/ThingSold\.v1 is published and would change/], name);
  t.match(breaches(extended(list, things), things), [/would change/], `${name}: npm run schemas does not make it right`);
};

test('each kind of break is refused', async (t) => {
  refuses(t, without('amount'), 'a field removed');
  refuses(t, without('title'), 'a field removed that may be absent, and is called like what is only said about a schema');
  refuses(t, event({ more: z.string() }), 'a field added');
  refuses(t, event({ more: z.string().optional() }), 'a field added that may be absent: consumers refuse unknown ones');
  refuses(t, event({ amount: z.string() }), 'another type');
  refuses(t, event({ amount: z.int().max(9) }), 'a type narrowed');
  refuses(t, event({ id: z.string() }), 'a type widened');
  refuses(t, event({ kind: z.enum(['a', 'b', 'c']) }), 'a value more');
  refuses(t, event({ kind: z.enum(['a']) }), 'a value less');
  refuses(t, event({ amount: z.int().optional() }), 'required no longer');
  refuses(t, event({ title: z.string() }), 'required from now on');
  refuses(t, event({ note: z.string().optional() }), 'sealed no longer');
  refuses(t, event({ id: personal(z.string().max(20)) }), 'sealed from now on');
  t.match(breaches(list, thingsOf([], ['shop'])), [/^schema shop\/ThingSold\.v1 is published and gone/, /^topic passbook\.shop\.events is published and gone/]);
  t.match(breaches(list, thingsOf([event({}, { type: 'ThingMoved' })], ['shop'])), [/ThingSold\.v1 is published and gone/, /ThingMoved\.v1 is not in/], 'a type renamed');
  t.match(breaches(list, thingsOf([event({}, { module: 'store' })], ['shop', 'store'])).slice(0, 2), [/ThingSold\.v1 is published and gone/, /passbook\.shop\.events is published and gone/], 'a type in another topic');
});

test('what grows is taken, and noted by npm run schemas', async (t) => {
  const grown = [
    event({ amount: z.string() }, { before: [{ shape, upcast: (data) => ({ ...data, amount: String(data['amount']) }) }] }),
    event({}, { type: 'ThingMoved' }),
  ];
  const things = thingsOf(grown, ['shop']);
  t.match(breaches(list, things), [/ThingSold\.v2 is not in .*: npm run schemas/, /ThingMoved\.v1 is not in/], 'a version and a type');
  t.same(breaches(extended(list, things), things), []);
  t.same(breaches(list, thingsOf([event({ title: z.string().optional().meta({ description: 'other words' }) })], ['shop'])), [], 'words about a field');
  const order = [event({ kind: z.enum(['b', 'a']) })];
  t.same(breaches(list, thingsOf(order, ['shop'])), [], 'the order of a set');
});

test('headers, metadata and topics: a member that may be absent may come, all else stays', async (t) => {
  const schemas = schemaFiles([event({})]);
  const document = asyncApiOf([event({})]) as { channels: { shop: { bindings: { kafka: { partitions: number } } } }; components: { schemas: { EventHeaders: { properties: Record<string, object>; required: string[] } } } };
  const changed = (change: (copy: typeof document) => void): string[] => {
    const copy = structuredClone(document);
    change(copy);
    return breaches(list, publishedThings({ schemas, document: copy }, ['shop']));
  };
  t.match(changed(({ components }) => (components.schemas.EventHeaders.properties['ce_more'] = { type: 'string' })), [/^EventHeaders ce_more is not in/]);
  t.match(changed(({ components }) => components.schemas.EventHeaders.required.push('ce_time')), [/^EventHeaders is published and would change/]);
  t.match(changed(({ components }) => delete components.schemas.EventHeaders.properties['ce_time']), [/^EventHeaders ce_time is published and gone/]);
  t.match(changed(({ channels }) => (channels.shop.bindings.kafka.partitions = 7)), [/^topic passbook\.shop\.events is published and would change/]);
  const { properties, ...metadata } = schemas.get('metadata.json') as unknown as { properties: Record<string, object> };
  const { actor: _, ...fewer } = properties;
  t.match(breaches(list, publishedThings({ schemas: new Map<string, object>([...schemas, ['metadata.json', { ...metadata, properties: fewer }]]), document }, ['shop'])), [/^metadata actor is published and gone/]);
});

test('a line that was taken off the list, or altered, is found in the history', async (t) => {
  const hash = 'a'.repeat(64);
  t.same(takenBack(`--- a/${PUBLISHED}\n+++ b/${PUBLISHED}\n-${hash}  schema shop/ThingSold.v1\n+${'b'.repeat(64)}  schema shop/ThingSold.v1\n ${hash}  topic x\n`), ['schema shop/ThingSold.v1']);
});
