import { z } from 'zod';
import type { Profile } from './profile.js';

/** A customer as every query shows it: the read model, the record as of a moment, lists and searches. */
export const customerViewSchema = z
  .looseObject({
    id: z.uuid(),
    revision: z.int(),
    kind: z.enum(['individual', 'corporate']),
    status: z.enum(['active', 'erased']).meta({ description: 'erased: the personal fields cannot be read any more' }),
    branch: z.string().optional(),
    registeredAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    name: z.string().optional(),
  })
  .meta({ id: 'Customer', description: 'With the fields it was registered with beside these, as in POST /v1/customers' });

export interface CustomerView {
  readonly id: string;
  readonly revision: number;
  readonly kind: Profile['kind'];
  readonly status: 'active' | 'erased';
  readonly branch?: string;
  readonly registeredAt: string;
  readonly updatedAt: string;
  readonly [field: string]: unknown;
}

export interface CustomerFacts {
  readonly id: string;
  readonly revision: number;
  readonly kind: Profile['kind'];
  readonly branch: string | null;
  /** ISO times. */
  readonly registeredAt: string;
  readonly updatedAt: string;
}

/** The one place where a customer becomes a view. Without a readable profile the customer has been erased. */
export function customerView({ id, revision, kind, branch, registeredAt, updatedAt }: CustomerFacts, profile: Profile | undefined): CustomerView {
  return {
    id, revision, kind, status: profile ? 'active' : 'erased', ...(branch !== null && { branch }), ...profile, registeredAt, updatedAt,
  };
}
