import type { BackupPurpose } from '../../../shared/events/customers/erasure-events.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { EventMetadata } from '../../../shared/events/definition.js';
import { unreachable } from '../../../shared/kernel/decision.js';

/** What stands between a customer's record and its use: a restriction, an erasure under way. */
export interface Protection {
  readonly restriction: Restriction | null;
  readonly erasure: Erasure | null;
  /** ISO time; null until the key was destroyed and that was recorded. */
  readonly erasedAt: string | null;
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
  readonly backup?: Backup;
  /** Each enquiry for which somebody wants the backup opened, by its id. */
  readonly openings: Readonly<Record<string, Opening>>;
}

export interface Backup {
  readonly escrowKeyId: string;
  /** Of the file, hex. */
  readonly sha256: string;
  /** The bank's date. */
  readonly keptUntil: string;
  readonly destroyedAt?: string;
}

export interface Opening {
  readonly caseNumber: string;
  readonly purpose: BackupPurpose;
  readonly requestedBy: readonly string[];
  readonly requestedAt: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly openedAt?: string;
}

export const nothingAsked: Protection = { restriction: null, erasure: null, erasedAt: null };

/** Everybody who has a hand in what is sent: the second of two people must be none of these. */
export const peopleOf = ({ id, actingAs }: EventMetadata['actor']): string[] => (actingAs === undefined ? [id] : [id, actingAs]);

/** Confirmed and not done yet: nobody may change the record any more. */
export const isUnderWay = (erasure: Erasure | null): boolean => erasure !== null && erasure.step !== 'requested' && erasure.step !== 'erased';

export type ErasureEvent = Extract<CustomerEvent, { type: `CustomerEras${string}` | `CustomerRestrict${string}` | `CustomerBackup${string}` }>;

/** Of a state that has more it keeps only this. */
export function evolveErasure({ restriction, erasure, erasedAt }: Protection, event: ErasureEvent, { actor, recordedAt }: EventMetadata): Protection {
  const before: Protection = { restriction, erasure, erasedAt };
  const at = (step: Erasure['step'], more: Partial<Erasure> = {}): Protection => ({ ...before, erasure: erasure && { ...erasure, ...more, step } });
  const opened = (id: string, more: Partial<Opening>): Protection =>
    ({ ...before, erasure: erasure && { ...erasure, openings: { ...erasure.openings, [id]: { ...erasure.openings[id], ...more } as Opening } } });
  switch (event.type) {
    case 'CustomerRestricted':
      return { ...before, restriction: { since: recordedAt, until: event.data.until ?? null } };
    case 'CustomerRestrictionLifted':
      return { ...before, restriction: null };
    case 'CustomerErasureRequested':
      return { ...before, erasure: { step: 'requested', requestedBy: peopleOf(actor), requestedAt: recordedAt, openings: {} } };
    case 'CustomerErasureConfirmed':
      return at('confirmed', { confirmedBy: actor.id, confirmedAt: recordedAt });
    case 'CustomerErasureWithdrawn':
      return { ...before, erasure: null };
    case 'CustomerErasureBarred':
      return at('barred');
    case 'CustomerErasureBackedUp':
      return at('backed-up', { backup: { escrowKeyId: event.data.escrowKeyId, sha256: event.data.sha256, keptUntil: event.data.keptUntil } });
    case 'CustomerErased':
      return { ...at('erased'), erasedAt: recordedAt };
    case 'CustomerBackupOpeningRequested': {
      const { openingId, caseNumber, purpose } = event.data;
      return opened(openingId, { caseNumber, purpose, requestedBy: peopleOf(actor), requestedAt: recordedAt });
    }
    case 'CustomerBackupOpeningApproved':
      return opened(event.data.openingId, { approvedBy: actor.id, approvedAt: recordedAt });
    case 'CustomerBackupOpened':
      return opened(event.data.openingId, { openedAt: recordedAt });
    case 'CustomerBackupDestroyed':
      return { ...before, erasure: erasure && { ...erasure, ...(erasure.backup && { backup: { ...erasure.backup, destroyedAt: recordedAt } }) } };
    default:
      return unreachable(event);
  }
}
