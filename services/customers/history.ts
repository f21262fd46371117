import type { z } from 'zod';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import { readable } from '../../shared/events/personal.js';
import type { Recorded } from '../../shared/events/definition.js';
import { unreachable } from '../../shared/kernel/decision.js';
import type { historyItemSchema } from './bodies.js';

export type HistoryItem = z.output<typeof historyItemSchema>;

/** One event as staff read it: when, who, by which channel, why, and each field before and after. */
export function historyItem({ revision, position, event, metadata }: Recorded<CustomerEvent>): HistoryItem {
  const { data } = event;
  const { recordedAt, actor, approver } = metadata;
  const { changes, reason, evidence } = told(event);
  return {
    customerId: data.customerId,
    revision: Number(revision),
    position: position.toString(),
    recordedAt,
    type: event.type,
    ...('mergeId' in data && { merge: { id: data.mergeId, ...('into' in data ? { into: data.into } : { from: data.from }) } }),
    actor,
    channel: actor.channel,
    ...(reason !== undefined && { reason }),
    ...(evidence !== undefined && { evidence }),
    ...(approver !== undefined && { approver }),
    changes,
  };
}

interface Told {
  readonly changes: { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  readonly reason?: string | undefined;
  readonly evidence?: string[] | undefined;
}

function told(event: CustomerEvent): Told {
  switch (event.type) {
    case 'CustomerRegistered': {
      const { profile, branch, kind } = event.data;
      const entries: [string, unknown][] = readable(profile) ? Object.entries(profile) : [['kind', kind], ['profile', 'erased']];
      if (branch !== undefined) entries.push(['branch', branch]);
      return { changes: entries.map(([field, after]) => ({ field, before: null, after })) };
    }
    case 'CustomerUpdated': {
      const { update, fields } = event.data;
      if (!readable(update)) return { changes: fields.map((field) => ({ field, before: 'erased', after: 'erased' })) };
      return { changes: update.changes, reason: update.reason, evidence: update.evidence };
    }
    case 'CustomerBranchAssigned':
    case 'CustomerManagerAssigned': {
      const { before, after, reason } = event.data;
      return { changes: [{ field: event.type === 'CustomerBranchAssigned' ? 'branch' : 'manager', before, after }], reason: reason !== undefined && readable(reason) ? reason : undefined };
    }
    case 'CustomerRestricted':
    case 'CustomerRestrictionLifted':
    case 'CustomerErasureRequested': {
      const { reason } = event.data;
      return { changes: [], reason: readable(reason) ? reason : undefined };
    }
    case 'CustomerMergeBegun':
    case 'CustomerUnmergeBegun': {
      const { decision } = event.data;
      return readable(decision) ? { changes: [], ...decision } : { changes: [] };
    }
    case 'CustomerMergeCompleted':
    case 'CustomerUnmergeCompleted': {
      const { update, fields } = event.data;
      return readable(update) ? { changes: update.changes, reason: update.reason, evidence: update.evidence } : { changes: fields.map((field) => ({ field, before: 'erased', after: 'erased' })) };
    }
    case 'CustomerMerged':
    case 'CustomerUnmerged':
    case 'CustomerMergeAbandoned':
    case 'CustomerErasureConfirmed':
    case 'CustomerErasureWithdrawn':
    case 'CustomerErasureBarred':
    case 'CustomerErasureBackedUp':
    case 'CustomerErased':
    case 'CustomerBackupOpeningRequested':
    case 'CustomerBackupOpeningApproved':
    case 'CustomerBackupOpened':
    case 'CustomerBackupDestroyed':
    case 'IdentityChecked':
    case 'CustomerIdentityClaimed':
    case 'CustomerIdentityClaimLapsed':
      return { changes: [] };
    default:
      return unreachable(event);
  }
}
