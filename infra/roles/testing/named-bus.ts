import type { PartitionsOf } from '../../../shared/event-bus/partitions.js';
import type { EventBus, LaneId } from '../../../shared/event-bus/port.js';

/** A bus whose topics and groups stand on its cluster under a name of their own: banks of tests share one Kafka. */
export function namedBus(name: string, partitionsOf: PartitionsOf, open: (partitionsOf: PartitionsOf) => EventBus): EventBus {
  const there = (topic: string): string => `${name}.${topic}`;
  const here = (topic: string): string => topic.slice(name.length + 1);
  const laneHere = ({ topic, partition }: LaneId): LaneId => ({ topic: here(topic), partition });
  const bus = open((topic) => partitionsOf(here(topic)));
  return {
    partitionsOf,
    prepare: (topics) => bus.prepare(topics.map(there)),
    publish: (events, upTo) => bus.publish(events.map((event) => ({ ...event, topic: there(event.topic) })), upTo),
    resumeFrom: (stored) => bus.resumeFrom(stored),
    subscribe: (group, topics, consumer) => bus.subscribe(there(group), topics.map(there), {
      progressOf: (lane) => consumer.progressOf(laneHere(lane)),
      handle: ({ lane, messages, next }) =>
        consumer.handle({ lane: laneHere(lane), next, messages: messages.map((message) => (message.kind === 'event' ? { ...message, topic: here(message.topic) } : message)) }),
    }),
    close: () => bus.close(),
  };
}
