import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { EventMetadata } from '../../../shared/events/definition.js';
import { unreachable } from '../../../shared/kernel/decision.js';

/** What stands between a customer's record and its use: a restriction, an erasure under way. */
export interface Protection {
  readonly restriction: Restriction | null;
  readonly erasure: Erasure | null;
}

export interface Restriction {
  /** ISO time. */
  readonly since: string;
  /** ISO date. */
  readonly until: string | null;
}

/** Requested by one, confirmed by another; then it goes on by itself, each step when the one before stands in the stream. */
export interface Erasure {
  readonly step: 'requested' | 'confirmed' | 'barred' | 'backed-up' | 'erased';
  /** Whoever sent the request, and in whose place. */
  readonly requestedBy: readonly string[];
  readonly requestedAt: string;
  readonly confirmedBy?: string;
  readonly confirmedAt?: string;
  readonly erasedAt?: string;
  readonly backup?: { readonly escrowKeyId: string; readonly sha256: string };
}

export const nothingAsked: Protection = { restriction: null, erasure: null };

/** Everybody who has a hand in what is sent: the second of two people must be none of these. */
export const peopleOf = ({ id, actingAs }: EventMetadata['actor']): string[] => (actingAs === undefined ? [id] : [id, actingAs]);

/** Confirmed and not done yet: nobody may change the record any more. */
export const isUnderWay = (erasure: Erasure | null): boolean => erasure !== null && erasure.step !== 'requested' && erasure.step !== 'erased';

export type ErasureEvent = Extract<CustomerEvent, { type: `CustomerEras${string}` | `CustomerRestrict${string}` }>;

export function evolveErasure({ restriction, erasure }: Protection, event: ErasureEvent, { actor, recordedAt }: EventMetadata): Protection {
  const at = (step: Erasure['step'], more: Partial<Erasure> = {}): Protection => ({ restriction, erasure: erasure && { ...erasure, ...more, step } });
  switch (event.type) {
    case 'CustomerRestricted':
      return { erasure, restriction: { since: recordedAt, until: event.data.until ?? null } };
    case 'CustomerRestrictionLifted':
      return { erasure, restriction: null };
    case 'CustomerErasureRequested':
      return { restriction, erasure: { step: 'requested', requestedBy: peopleOf(actor), requestedAt: recordedAt } };
    case 'CustomerErasureConfirmed':
      return at('confirmed', { confirmedBy: actor.id, confirmedAt: recordedAt });
    case 'CustomerErasureWithdrawn':
      return { restriction, erasure: null };
    case 'CustomerErasureBarred':
      return at('barred');
    case 'CustomerErasureBackedUp':
      return at('backed-up', { backup: { escrowKeyId: event.data.escrowKeyId, sha256: event.data.sha256 } });
    case 'CustomerErased':
      return at('erased', { erasedAt: recordedAt });
    default:
      return unreachable(event);
  }
}
