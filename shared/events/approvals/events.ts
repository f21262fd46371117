import { z } from 'zod';
import { actorSchema, defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';

const module = 'approvals';
const approvalId = idSchema;
/** The customer concerned, under whose key the request and the reasons are sealed; where it is absent, they are sealed under the house's. */
const customerId = idSchema.optional();
const reason = personal(z.string().min(1).max(500));

/** A command as it came in, validated; what runs after approval is this and nothing else. */
export const heldRequestSchema = z.strictObject({ params: z.record(z.string(), z.string()), body: z.unknown().optional(), ifMatch: z.string().max(2_000).optional() });
export type HeldRequest = z.output<typeof heldRequestSchema>;

/** A command that a rule kept from running. `commandId`: the one it will run under, so that however often it is run it happens once. */
export const ApprovalRequested = defineEvent({
  module, type: 'ApprovalRequested',
  shape: {
    approvalId, customerId, commandId: idSchema, commandHash: z.string().max(100),
    rule: z.string().min(1).max(60), permission: z.string().max(60), method: z.string().max(10), route: z.string().max(200),
    requester: actorSchema, branch: z.string().max(20).optional(), manager: z.string().max(60).optional(),
    expiresAt: timeSchema, request: personal(heldRequestSchema),
  },
});
/** Who approved is the event's actor. */
export const RequestApproved = defineEvent({ module, type: 'RequestApproved', shape: { approvalId } });
export const RequestRejected = defineEvent({ module, type: 'RequestRejected', shape: { approvalId, customerId, reason } });
export const RequestWithdrawn = defineEvent({ module, type: 'RequestWithdrawn', shape: { approvalId } });
export const RequestExpired = defineEvent({ module, type: 'RequestExpired', shape: { approvalId } });
/** `recordId` and `position` are what the command answered; of roles and branches the id is a name. */
export const RequestExecuted = defineEvent({ module, type: 'RequestExecuted', shape: { approvalId, recordId: z.string().min(1).max(100), position: z.string().regex(/^\d{1,19}$/) } });
/** Approved, but refused when it was run; nothing was changed. */
export const RequestExecutionRefused = defineEvent({ module, type: 'RequestExecutionRefused', shape: { approvalId, code: z.string().min(1).max(60) } });

export const approvalEvents = [ApprovalRequested, RequestApproved, RequestRejected, RequestWithdrawn, RequestExpired, RequestExecuted, RequestExecutionRefused] as const;
export type ApprovalEvent = EventOf<(typeof approvalEvents)[number]>;
