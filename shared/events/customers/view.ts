import { z } from 'zod';
import { internal, subjectId } from '../../access/classified.js';
import { identityVerifiedSchema, type IdentityVerified } from './identity-events.js';
import { corporateSchema, individualSchema, type Profile } from './profile.js';

export const CUSTOMER_STATUSES = ['active', 'restricted', 'erasing', 'erased'] as const;
export type CustomerStatus = (typeof CUSTOMER_STATUSES)[number];

/** A customer as every query shows it: the read model, the record as of a moment, lists and searches. */
const facts = {
  id: subjectId(z.uuid(), 'customer'),
  revision: z.int(),
  status: z.enum(CUSTOMER_STATUSES).meta({ description: 'restricted: kept and not processed; erasing: confirmed by two people and under way; erased: the personal fields cannot be read any more' }),
  branch: internal(z.string()).optional(),
  manager: internal(z.string()).optional().meta({ description: 'The member of staff in whose portfolio the customer is' }),
  identityVerified: identityVerifiedSchema.optional().meta({ description: 'What the registry of persons said of the name and ID document as they are now; absent where it was not asked' }),
  registeredAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  mergedIds: z.array(z.uuid()).optional().meta({ description: 'Ids of records that were merged into this one: each stands for it' }),
  askedId: z.uuid().optional().meta({ description: 'The id that was asked for, where it is one of mergedIds' }),
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
  readonly mergedIds?: string[];
  readonly askedId?: string;
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
  readonly identityVerified: IdentityVerified | null;
  /** Other ids that stand for this record. */
  readonly mergedIds: readonly string[];
  /** ISO times. */
  readonly registeredAt: string;
  readonly updatedAt: string;
}

/** The one place where a customer becomes a view. Without a readable profile the customer has been erased. */
export function customerView(facts: CustomerFacts, profile: Profile | undefined): CustomerView {
  const { id, revision, kind, branch, manager, identityVerified, registeredAt, updatedAt, mergedIds } = facts;
  return {
    id, revision, kind, status: customerStatus(facts, profile !== undefined), ...(branch !== null && { branch }), ...(manager !== null && { manager }), ...(identityVerified !== null && { identityVerified }), ...profile, registeredAt, updatedAt,
    ...(mergedIds.length > 0 && { mergedIds: [...mergedIds] }),
  };
}

export const customerStatus = ({ restricted, erasing }: Pick<CustomerFacts, 'restricted' | 'erasing'>, readable: boolean): CustomerStatus =>
  !readable ? 'erased' : erasing ? 'erasing' : restricted ? 'restricted' : 'active';

/** Stored and protected, otherwise not processed: what is left of such a view for who may not restrict customers. */
export function withoutRestricted({ id, revision, kind, status, branch, manager, registeredAt, updatedAt, mergedIds, askedId }: CustomerView): CustomerView {
  return {
    id, revision, kind, status, ...(branch !== undefined && { branch }), ...(manager !== undefined && { manager }), registeredAt, updatedAt,
    ...(mergedIds && { mergedIds }), ...(askedId !== undefined && { askedId }),
  };
}

/** The view of the record that an id stands for, saying so where it is another's. */
export const askedAs = (view: CustomerView, askedId: string): CustomerView => (view.id === askedId ? view : { ...view, askedId });
