import { allEvents, allTopics, definitionsByType, topicOf } from '../events/registry.js';
import { createTopicOf, UNKNOWN_TOPIC, type TopicOf } from './from-log.js';
import type { Topic } from './port.js';

const modules = [...new Set(allEvents.map(({ module }) => module))];

/** Where this bank's events go. The streams of a module are named after it, in the singular or as it is: `customer-…` of customers, `ledger-…` of ledger. */
export const topicOfEvent: TopicOf = createTopicOf({
  ofType: (type) => definitionsByType.get(type)?.module,
  ofCategory: (category) => modules.find((module) => module === category || module === `${category}s`),
});

/** Every topic the relay writes. */
export const publishedTopics: readonly Topic[] = [...allTopics, UNKNOWN_TOPIC];

/** The event types that a topic carries, as far as this program knows them. */
export const typesOfTopic = (topic: Topic): readonly string[] => allEvents.filter(({ module }) => topicOf(module) === topic).map(({ type }) => type);
