import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { erasureEvents } from './erasure-events.js';
import { mergeEvents } from './merge-events.js';
import { IdentityChecked } from './identity-events.js';
import { customerIdSchema, fieldChangeSchema, profileSchema } from './profile.js';

const module = 'customers';
const staffId = z.string().min(1).max(60);

export const CustomerRegistered = defineEvent({
  module,
  type: 'CustomerRegistered',
  shape: {
    customerId: customerIdSchema,
    kind: z.enum(['individual', 'corporate']),
    branch: z.string().max(20).optional(),
    profile: personal(profileSchema),
    /** Probable duplicates that whoever registered looked at and found to be others. */
    distinctFrom: z.array(customerIdSchema).max(100).optional(),
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

/** The branch that keeps the customer; the reason is free text, so it is sealed. */
export const CustomerBranchAssigned = defineEvent({
  module,
  type: 'CustomerBranchAssigned',
  shape: { customerId: customerIdSchema, before: z.string().max(20).nullable(), after: z.string().max(20), reason: personal(z.string().max(500)).optional() },
});

/** The member of staff in whose portfolio the customer is; null: in nobody's. */
export const CustomerManagerAssigned = defineEvent({
  module,
  type: 'CustomerManagerAssigned',
  shape: { customerId: customerIdSchema, before: staffId.nullable(), after: staffId.nullable(), reason: personal(z.string().max(500)).optional() },
});

/**
 * In a `customeridentity-<bucket>` stream: the customer is about to be registered with, or changed to, this ID document or credit code
 * (docs/decisions/customer-identity.md). The bucket says too little to find anybody by.
 */
export const CustomerIdentityClaimed = defineEvent({
  module,
  type: 'CustomerIdentityClaimed',
  shape: { customerId: customerIdSchema, identity: personal(z.string().max(100)) },
});

/** In the claimant's own stream: a claim that came to nothing in time may no longer be acted upon. Changes nothing else. */
export const CustomerIdentityClaimLapsed = defineEvent({
  module,
  type: 'CustomerIdentityClaimLapsed',
  shape: { customerId: customerIdSchema, claimId: z.uuid() },
});

export const customerEvents = [
  CustomerRegistered, CustomerUpdated, CustomerBranchAssigned, CustomerManagerAssigned, CustomerIdentityClaimed, CustomerIdentityClaimLapsed, IdentityChecked, ...erasureEvents, ...mergeEvents,
] as const;
export type CustomerEvent = EventOf<(typeof customerEvents)[number]>;
