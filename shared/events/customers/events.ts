import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { customerIdSchema, fieldChangeSchema, profileSchema } from './profile.js';

const module = 'customers';

export const CustomerRegistered = defineEvent({
  module,
  type: 'CustomerRegistered',
  shape: {
    customerId: customerIdSchema,
    kind: z.enum(['individual', 'corporate']),
    branch: z.string().max(20).optional(),
    profile: personal(profileSchema),
  },
});

/** A correction or news about a customer: which fields, in clear; what they were and became, sealed with the reason and the evidence. */
export const CustomerUpdated = defineEvent({
  module,
  type: 'CustomerUpdated',
  shape: {
    customerId: customerIdSchema,
    fields: z.array(z.string().max(60)).min(1),
    update: personal(
      z.strictObject({
        changes: z.array(fieldChangeSchema).min(1),
        reason: z.string().max(500).optional(),
        evidence: z.array(z.string().max(300)).max(20).optional(),
      }),
    ),
  },
});

/** The branch that keeps the customer; not personal. */
export const CustomerBranchAssigned = defineEvent({
  module,
  type: 'CustomerBranchAssigned',
  shape: { customerId: customerIdSchema, before: z.string().max(20).nullable(), after: z.string().max(20), reason: z.string().max(500).optional() },
});

export const customerEvents = [CustomerRegistered, CustomerUpdated, CustomerBranchAssigned] as const;
export type CustomerEvent = EventOf<(typeof customerEvents)[number]>;
