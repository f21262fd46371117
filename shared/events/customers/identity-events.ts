import { z } from 'zod';
import { internal } from '../../access/classified.js';
import { defineEvent } from '../definition.js';
import { customerIdSchema } from './profile.js';

/** registry: name and ID number against a register of persons; face: the picture of the ID document against a live one. */
export const IDENTITY_METHODS = ['registry', 'face'] as const;
export const identityOutcomeSchema = z.enum(['match', 'mismatch', 'not-found']).meta({ id: 'IdentityOutcome', description: 'not-found: the registry has no such number' });
export type IdentityOutcome = z.output<typeof identityOutcomeSchema>;

/** Somebody outside the bank was asked who the customer is: the result, never the answer itself. `reference`: where the provider finds it again. */
export const IdentityChecked = defineEvent({
  module: 'customers',
  type: 'IdentityChecked',
  shape: {
    customerId: customerIdSchema,
    checkId: z.uuid(),
    method: z.enum(IDENTITY_METHODS),
    provider: z.string().min(1).max(60),
    outcome: identityOutcomeSchema,
    /** How alike two faces are, 0 to 1. */
    score: z.number().min(0).max(1).optional(),
    reference: z.string().min(1).max(120).optional(),
    /** The documents that were looked at. */
    documents: z.array(z.uuid()).max(2).optional(),
  },
});

/** Of a customer: what the registry said last of the name and ID document that the record has. */
export const identityVerifiedSchema = z.object({ at: z.iso.datetime(), provider: internal(z.string()), outcome: identityOutcomeSchema });
export type IdentityVerified = z.output<typeof identityVerifiedSchema>;

/** A check of the registry was of these: once one of them changes it says nothing any more. */
export const CHECKED_FIELDS: readonly string[] = ['name', 'idDocument'];
