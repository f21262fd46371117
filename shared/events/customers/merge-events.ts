import { z } from 'zod';
import { defineEvent } from '../definition.js';
import { personal } from '../personal.js';
import { consentsSchema, customerIdSchema, fieldChangeSchema } from './profile.js';

const module = 'customers';
const customerId = customerIdSchema;
const mergeId = z.uuid();
const reason = z.string().max(500);
const ids = z.array(customerIdSchema).min(1).max(200);
const evidence = z.array(z.string().max(300)).max(20).optional();
const fields = z.array(z.string().max(60));
const told = { changes: z.array(fieldChangeSchema), reason: reason.optional(), evidence };

/**
 * Two records of one person become one, over two streams that no transaction spans (docs/decisions/merging.md): `Begun` on the survivor's, which changes
 * nothing yet and lets nothing else be done to it; `Merged` on the other's, at the very revision that was looked at: with it the records are one; then
 * `Completed` on the survivor's, or `Abandoned` where the other had changed.
 */
export const CustomerMergeBegun = defineEvent({
  module,
  type: 'CustomerMergeBegun',
  shape: {
    customerId, mergeId, from: customerIdSchema, fromRevision: z.int().min(0),
    /** Fields of the profile that the other record's value is taken of; of all the rest the survivor's own stands. */
    take: fields,
    decision: personal(z.strictObject({ reason, evidence })),
  },
});

/** In the stream of the record that goes: it is the survivor's from here on, and its id stands for the survivor's. */
export const CustomerMerged = defineEvent({ module, type: 'CustomerMerged', shape: { customerId, mergeId, into: customerIdSchema } });

/**
 * What the merge changed of the survivor. `ids`: the other record's, and of those that had been merged into it. `consents`: the other record's, which bind the
 * survivor while the merge is in force, also where they change nothing now.
 */
export const CustomerMergeCompleted = defineEvent({
  module, type: 'CustomerMergeCompleted', shape: { customerId, mergeId, from: customerIdSchema, ids, fields, update: personal(z.strictObject({ ...told, consents: consentsSchema.optional() })) },
});

/** It came to nothing: the other record had changed meanwhile. `cause` is the code of the refusal. */
export const CustomerMergeAbandoned = defineEvent({
  module, type: 'CustomerMergeAbandoned', shape: { customerId, mergeId, from: customerIdSchema, cause: z.string().max(60) },
});

/** The way back goes in the same three steps; from the first on nothing can stop it. */
export const CustomerUnmergeBegun = defineEvent({
  module, type: 'CustomerUnmergeBegun', shape: { customerId, mergeId, from: customerIdSchema, decision: personal(z.strictObject({ reason, evidence })) },
});
export const CustomerUnmerged = defineEvent({ module, type: 'CustomerUnmerged', shape: { customerId, mergeId, into: customerIdSchema } });
export const CustomerUnmergeCompleted = defineEvent({ module, type: 'CustomerUnmergeCompleted', shape: { customerId, mergeId, from: customerIdSchema, ids, fields, update: personal(z.strictObject(told)) } });

export const mergeEvents = [
  CustomerMergeBegun, CustomerMerged, CustomerMergeCompleted, CustomerMergeAbandoned, CustomerUnmergeBegun, CustomerUnmerged, CustomerUnmergeCompleted,
] as const;
