import { z } from 'zod';
import { internal } from '../../access/classified.js';
import { corporateSchema, individualSchema, type Profile } from './profile.js';

/** A customer as every query shows it: the read model, the record as of a moment, lists and searches. */
const facts = {
  id: z.uuid(),
  revision: z.int(),
  status: z.enum(['active', 'erased']).meta({ description: 'erased: the personal fields cannot be read any more' }),
  branch: internal(z.string()).optional(),
  manager: internal(z.string()).optional().meta({ description: 'The member of staff in whose portfolio the customer is' }),
  registeredAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  score: z.number().optional().meta({ description: 'How well a search by name fits, up to 1' }),
};
export const customerViewSchema = z
  .discriminatedUnion('kind', [
    z.object({ ...facts, ...individualSchema.partial().shape, kind: individualSchema.shape.kind }),
    z.object({ ...facts, ...corporateSchema.partial().shape, kind: corporateSchema.shape.kind }),
  ])
  .meta({ id: 'Customer', description: 'Whatever of the fields it was registered with the reader may see' });

export interface CustomerView {
  readonly id: string;
  readonly revision: number;
  readonly kind: Profile['kind'];
  readonly status: 'active' | 'erased';
  readonly branch?: string;
  readonly manager?: string;
  readonly registeredAt: string;
  readonly updatedAt: string;
  readonly [field: string]: unknown;
}

export interface CustomerFacts {
  readonly id: string;
  readonly revision: number;
  readonly kind: Profile['kind'];
  readonly branch: string | null;
  readonly manager: string | null;
  /** ISO times. */
  readonly registeredAt: string;
  readonly updatedAt: string;
}

/** The one place where a customer becomes a view. Without a readable profile the customer has been erased. */
export function customerView({ id, revision, kind, branch, manager, registeredAt, updatedAt }: CustomerFacts, profile: Profile | undefined): CustomerView {
  return {
    id, revision, kind, status: profile ? 'active' : 'erased', ...(branch !== null && { branch }), ...(manager !== null && { manager }), ...profile, registeredAt, updatedAt,
  };
}
