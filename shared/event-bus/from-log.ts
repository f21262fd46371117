import type { StoredEvent } from '../event-store/port.js';
import type { BusEvent, Topic } from './port.js';

export const UNKNOWN_TOPIC: Topic = 'passbook.unknown.events';

export type TopicOf = (event: Pick<StoredEvent, 'type' | 'stream'>) => Topic;

/**
 * Where an event goes: to its module's topic; an event of a type this program does not know goes where its stream's known events go (same key,
 * same order), and to the topic of the unknown when its stream is strange too. Nothing is dropped.
 */
export function createTopicOf(modules: {
  readonly ofType: (type: string) => string | undefined;
  /** "customer" (the part of the stream's name before its first dash) → "customers" */
  readonly ofCategory: (category: string) => string | undefined;
}): TopicOf {
  return ({ type, stream }) => {
    const module = modules.ofType(type) ?? modules.ofCategory(stream.slice(0, Math.max(0, stream.indexOf('-'))));
    return module === undefined ? UNKNOWN_TOPIC : `passbook.${module}.events`;
  };
}

/** What the relay publishes for a stored event; keyed by its stream. */
export const busEventOf = (stored: StoredEvent, topicOf: TopicOf): BusEvent => ({
  kind: 'event',
  topic: topicOf(stored),
  key: stored.stream,
  id: stored.id,
  type: stored.type,
  stream: stored.stream,
  revision: stored.revision,
  position: stored.position,
  data: stored.data,
  metadata: stored.metadata,
});
