import { z } from 'zod';
import { changesOf, classified, internal, subjectId } from '../../shared/access/classified.js';
import { corporateSchema, individualSchema } from '../../shared/events/customers/profile.js';

export const rejectionBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });

const code = internal(z.string());
const actor = z.object({ id: code, role: code, branch: code.optional(), channel: code, actingAs: code.optional() });
/** What a change of a customer may name: a field of either kind's profile, or what stands beside it. */
const changedRecord = z.object({ ...individualSchema.shape, ...corporateSchema.shape, kind: code, branch: code, manager: code });

export const APPROVAL_STATES = ['pending', 'approved', 'executed', 'refused', 'rejected', 'withdrawn', 'expired'] as const;

export const approvalSchema = z
  .object({
    id: z.uuid(),
    revision: z.int(),
    status: z.enum(APPROVAL_STATES).meta({ description: 'approved: not run yet; executed: done; refused: approved, but refused when it was run' }),
    rule: code,
    permission: code,
    method: code,
    route: code,
    requester: actor,
    requestedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    decidedBy: actor.optional(),
    reason: classified(z.string(), 'free-text').optional().meta({ description: 'Of a rejection' }),
    code: code.optional().meta({ description: 'Why an approved command was refused' }),
    recordId: code.optional(),
    position: code.optional().meta({ description: 'What the command answered' }),
    customer: subjectId(z.string(), 'customer').optional().meta({ description: 'Whose data it concerns' }),
    record: code.optional().meta({ description: 'The record that the route names' }),
    changes: changesOf(z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })), changedRecord).optional()
      .meta({ description: 'Of a change: each field that the reader may see, as it is now and as it would be' }),
    body: internal(z.unknown()).optional().meta({ description: 'Of other commands: what was sent, as far as the reader may see it' }),
  })
  .meta({ id: 'Approval' });
