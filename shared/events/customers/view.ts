import { z } from 'zod';
import { internal } from '../../access/classified.js';
import { corporateSchema, individualSchema, type Profile } from './profile.js';

export const CUSTOMER_STATUSES = ['active', 'restricted', 'erasing', 'erased'] as const;
export type CustomerStatus = (typeof CUSTOMER_STATUSES)[number];

/** A customer as every query shows it: the read model, the record as of a moment, lists and searches. */
const facts = {
  id: z.uuid(),
  revision: z.int(),
  status: z.enum(CUSTOMER_STATUSES).meta({ description: 'restricted: kept and not processed; erasing: confirmed by two people and under way; erased: the personal fields cannot be read any more' }),
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
  readonly status: CustomerStatus;
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
  readonly restricted: boolean;
  readonly erasing: boolean;
  /** ISO times. */
  readonly registeredAt: string;
  readonly updatedAt: string;
}

/** The one place where a customer becomes a view. Without a readable profile the customer has been erased. */
export function customerView(facts: CustomerFacts, profile: Profile | undefined): CustomerView {
  const { id, revision, kind, branch, manager, registeredAt, updatedAt } = facts;
  return {
    id, revision, kind, status: customerStatus(facts, profile !== undefined), ...(branch !== null && { branch }), ...(manager !== null && { manager }), ...profile, registeredAt, updatedAt,
  };
}

export const customerStatus = ({ restricted, erasing }: Pick<CustomerFacts, 'restricted' | 'erasing'>, readable: boolean): CustomerStatus =>
  !readable ? 'erased' : erasing ? 'erasing' : restricted ? 'restricted' : 'active';

/** Stored and protected, otherwise not processed: what is left of such a view for who may not restrict customers. */
export function withoutRestricted({ id, revision, kind, status, branch, manager, registeredAt, updatedAt }: CustomerView): CustomerView {
  return { id, revision, kind, status, ...(branch !== undefined && { branch }), ...(manager !== undefined && { manager }), registeredAt, updatedAt };
}
