import { accessEvents } from './access/events.js';
import { accessLogEvents } from './accesses/events.js';
import { alertingEvents } from './alerting/events.js';
import { approvalEvents } from './approvals/events.js';
import { clockEvents } from './clock/events.js';
import { customerEvents } from './customers/events.js';
import type { EventDefinition } from './definition.js';
import { documentEvents } from './documents/events.js';
import { ledgerEvents } from './ledger/events.js';
import { marketingEvents } from './marketing/events.js';
import { riskEvents } from './risk/events.js';

/** Every event this bank knows. A new module adds its list here and nowhere else. */
export const allEvents = [
  ...accessEvents, ...accessLogEvents, ...alertingEvents, ...approvalEvents, ...clockEvents, ...customerEvents, ...documentEvents, ...ledgerEvents, ...marketingEvents, ...riskEvents,
] as readonly EventDefinition[];

export const definitionsByType: ReadonlyMap<string, EventDefinition> = new Map(allEvents.map((definition) => [definition.type, definition]));

if (definitionsByType.size !== allEvents.length) throw new Error('two events share one type');

export const topicOf = (module: string): string => `passbook.${module}.events`;

/** Every topic on the bus; one per module. */
export const allTopics: readonly string[] = [...new Set(allEvents.map((definition) => topicOf(definition.module)))];
