import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { personal } from '../personal.js';
import { dateSchema } from '../values.js';
import { customerIdSchema } from './profile.js';

const module = 'customers';
const customerId = customerIdSchema;
const reason = personal(z.string().max(500));

/** Stored and protected, otherwise not processed. `until`: the bank's date on which what the law has it kept for is over; where absent, until it is lifted. */
export const CustomerRestricted = defineEvent({ module, type: 'CustomerRestricted', shape: { customerId, reason, until: dateSchema.optional() } });
export const CustomerRestrictionLifted = defineEvent({ module, type: 'CustomerRestrictionLifted', shape: { customerId, reason } });

/** The first of two people wants the customer's data erased. */
export const CustomerErasureRequested = defineEvent({ module, type: 'CustomerErasureRequested', shape: { customerId, reason } });
/** The second one does too: from here on it runs by itself (services/customers/erasure), a step at a time. */
export const CustomerErasureConfirmed = defineEvent({ module, type: 'CustomerErasureConfirmed', shape: { customerId } });
/** It goes no further: somebody took it back, or an account of the customer turned out to be open. */
export const CustomerErasureWithdrawn = defineEvent({ module, type: 'CustomerErasureWithdrawn', shape: { customerId, cause: z.enum(['taken-back', 'business-open']) } });
/** The ledger opens no account for the customer any more. */
export const CustomerErasureBarred = defineEvent({ module, type: 'CustomerErasureBarred', shape: { customerId } });
/** The record was written to a backup that only the holders of the escrow key can open together. */
export const CustomerErasureBackedUp = defineEvent({
  module, type: 'CustomerErasureBackedUp', shape: { customerId, escrowKeyId: z.string().max(40), sha256: z.string().regex(/^[0-9a-f]{64}$/) },
});
/** The customer's key has been destroyed: what was sealed under it can be read nowhere any more. */
export const CustomerErased = defineEvent({ module, type: 'CustomerErased', shape: { customerId } });

export const erasureEvents = [
  CustomerRestricted, CustomerRestrictionLifted, CustomerErasureRequested, CustomerErasureConfirmed, CustomerErasureWithdrawn, CustomerErasureBarred, CustomerErasureBackedUp, CustomerErased,
] as const;
