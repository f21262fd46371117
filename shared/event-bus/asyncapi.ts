import type { EventDefinition } from '../events/definition.js';
import { schemaPath } from '../events/json-schemas.js';
import { PUBLISHED_MODULES } from '../events/published-modules.js';
import { topicOf } from '../events/registry.js';
import type { Path } from '../events/personal.js';
import { partitionsOfBank } from './partitions.js';
import { TOPIC_CONFIGURATION } from './topic-configuration.js';

/** Where the API serves a file of `schemas/` under shared/events; it stays there, and so does its meaning. */
export const SCHEMAS_URL = '/schemas/events';

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more });
const number = (description: string) => text(description, { pattern: '^\\d+$' });
const uuid = (description: string) => text(description, { format: 'uuid' });

const position = number('Position in the log; one order over all topics. A number of 64 bits: not to be read as a double');
const session = text('`<number>.<start>`: the session of the relay that wrote it, and the offset at which that session began to write this partition', { pattern: '^\\d+\\.\\d+$' });

/** Kafka headers are bytes; all of these are UTF-8 text. */
const headers = {
  EventHeaders: {
    type: 'object',
    required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'content-type', 'passbook-stream', 'passbook-revision', 'passbook-position', 'passbook-metadata', 'passbook-session'],
    properties: {
      ce_specversion: { type: 'string', const: '1.0' },
      ce_id: uuid('The event\'s id, the same in every copy'),
      ce_source: text('/passbook/<module>'),
      ce_type: text('The event\'s type, as this document names its messages before the version'),
      ce_subject: text('The stream'),
      ce_time: text('When the bank recorded it', { format: 'date-time' }),
      'content-type': { type: 'string', const: 'application/json' },
      'passbook-stream': text('The stream, which is also the key'),
      'passbook-revision': number('Which event of its stream, from 0 and without holes: (stream, revision) says whether an event was seen before'),
      'passbook-position': position,
      'passbook-metadata': text(`JSON of ${SCHEMAS_URL}/metadata.json; its schemaVersion says which version of the payload's schema holds`),
      'passbook-session': session,
      traceparent: text('W3C trace context of the command'),
    },
  },
  TickHeaders: {
    type: 'object',
    required: ['passbook-tick', 'passbook-position', 'passbook-session'],
    properties: { 'passbook-tick': { type: 'string', const: '1' }, 'passbook-position': position, 'passbook-session': session },
  },
};

const tick = {
  name: 'tick', title: 'Tick', summary: 'Says that this partition has everything up to its position; no event',
  headers: { $ref: '#/components/schemas/TickHeaders' },
  payload: { type: 'null', description: 'A record without a value and without a key' },
};

/** AsyncAPI 3.0 of what the relay writes to Kafka: every topic, and every version of every event in its published (sealed) form. */
export function asyncApiOf(definitions: readonly EventDefinition[]): object {
  const modules = [...new Set(definitions.map(({ module }) => module))];
  const versions = definitions.flatMap((definition) => definition.versions.map((_, index) => ({ definition, version: index + 1 })));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Passbook events', version: '1',
      description: 'Everything that happens in the bank, on Kafka: at least once, in order within a stream, personal fields sealed. docs/guides/consumers.md says what may be relied on.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(modules.map((module) => [module, channelOf(module, versions.filter(({ definition }) => definition.module === module).map(messageName))])),
    operations: Object.fromEntries(modules.map((module) => [`publish-${module}`, { action: 'send', channel: { $ref: `#/channels/${module}` }, summary: `What happens in ${module}` }])),
    components: { messages: { ...Object.fromEntries(versions.map((one) => [messageName(one), messageOf(one)])), tick }, schemas: headers },
  };
}

interface OneVersion {
  readonly definition: EventDefinition;
  readonly version: number;
}

const messageName = ({ definition, version }: OneVersion): string => `${definition.type}.v${version}`;

function channelOf(module: string, messages: readonly string[]): object {
  const topic = topicOf(module);
  return {
    address: topic,
    'x-published': PUBLISHED_MODULES.includes(module),
    messages: Object.fromEntries([...messages, 'tick'].map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      kafka: {
        topic, partitions: partitionsOfBank(1)(topic),
        topicConfiguration: {
          'cleanup.policy': [TOPIC_CONFIGURATION['cleanup.policy']],
          'retention.ms': Number(TOPIC_CONFIGURATION['retention.ms']), 'retention.bytes': Number(TOPIC_CONFIGURATION['retention.bytes']),
          'max.message.bytes': Number(TOPIC_CONFIGURATION['max.message.bytes']),
        },
        bindingVersion: '0.5.0',
      },
    },
  };
}

function messageOf({ definition, version }: OneVersion): object {
  const { type, versions } = definition;
  const personal = versions[version - 1]!.personalPaths;
  return {
    name: type, title: `${type}, version ${version}`,
    ...(version < versions.length && { summary: `Stands in older records; what is new comes as version ${versions.length}` }),
    headers: { $ref: '#/components/schemas/EventHeaders' },
    payload: { schemaFormat: 'application/schema+json;version=2020-12', schema: { $ref: `${SCHEMAS_URL}/${schemaPath(type, version)}` } },
    bindings: { kafka: { key: text('The stream'), bindingVersion: '0.5.0' } },
    ...(personal.length > 0 && { 'x-sealed': personal.map(pointerOf) }),
  };
}

const pointerOf = (path: Path): string => `/${path.join('/')}`;
