import type { EventOf } from '../definition.js';
import { approvalRuleEvents } from './approval-rules.js';
import { assignmentEvents } from './assignments.js';
import { branchEvents } from './branches.js';
import { clientEvents } from './clients.js';
import { roleEvents } from './roles.js';
import { CustomerNameClaimed, signInEvents } from './sign-in-events.js';
import { staffEvents } from './staff.js';

/** The events of stream "access-bank": who there is and what they may do. */
export const administrationEvents = [...branchEvents, ...roleEvents, ...staffEvents, ...assignmentEvents, ...clientEvents, ...approvalRuleEvents] as const;
export type AdministrationEvent = EventOf<(typeof administrationEvents)[number]>;

/** Every event of the module, of other streams too. */
export const accessEvents = [...administrationEvents, ...signInEvents, CustomerNameClaimed] as const;
