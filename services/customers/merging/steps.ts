import { randomUUID } from 'node:crypto';
import type { CommandContext } from '../../../shared/http/context.js';
import type { Records } from '../../../shared/records/record.js';
import { customerRecord } from '../state.js';
import { decideAbandonMerge, decideCommitMerge, decideCommitUnmerge, decideCompleteMerge, decideCompleteUnmerge } from './decider.js';
import type { Merging, UnderWay } from './progress.js';

/** Takes whatever was begun on a survivor to its end; does nothing where nothing is under way. Safe to be run by many at once. */
export type AdvanceMerges = (customerId: string, at: Date) => Promise<void>;

export function createAdvanceMerges(records: Records): AdvanceMerges {
  /** Every step but the first is decided by what stands in the log alone, so it does not matter who takes it, how often, or how late. */
  async function finish(customerId: string, underWay: UnderWay, at: Date): Promise<void> {
    const { mergeId, from, actor, correlationId } = underWay;
    const step = (): CommandContext => ({ commandId: randomUUID(), repeatable: false, correlationId, actor, at });
    if (underWay.kind === 'unmerge') {
      await records.execute(customerRecord, from, step(), ({ state }) => decideCommitUnmerge(state, customerId, underWay));
      await records.execute(customerRecord, customerId, step(), ({ state }) => decideCompleteUnmerge(state, customerId, mergeId));
      return;
    }
    let cause: string | undefined;
    try {
      await records.execute(customerRecord, from, step(), (attempt) => {
        const decision = decideCommitMerge(attempt, customerId, underWay);
        cause = decision.outcome === 'reject' ? decision.rejection.code : undefined;
        return decision;
      });
    } catch (error) {
      if (cause === undefined) throw error;
    }
    if (cause !== undefined) {
      const refused = cause;
      await records.execute(customerRecord, customerId, step(), ({ state }) => decideAbandonMerge(state, customerId, mergeId, refused));
      return;
    }
    // Merged, it stands still: nothing but undoing this merge changes it.
    const other = (await records.load(customerRecord, from))!.state;
    await records.execute(customerRecord, customerId, step(), ({ state }) => decideCompleteMerge(state, customerId, other, mergeId));
  }

  return async function advance(customerId: string, at: Date): Promise<void> {
    for (let last: UnderWay | undefined; ;) {
      const underWay = (await mergingOf(records, customerId))?.underWay;
      if (!underWay) return;
      if (last?.kind === underWay.kind && last.mergeId === underWay.mergeId) throw new Error(`merge ${last.mergeId} of customer ${customerId} does not go on: a record of it cannot be read`);
      await finish(customerId, underWay, at);
      last = underWay;
    }
  };
}

/** Undefined where nobody is registered under the id. */
export async function mergingOf(records: Records, customerId: string): Promise<Merging | undefined> {
  const state = (await records.load(customerRecord, customerId))?.state;
  return state === undefined || state.status === 'absent' ? undefined : state.merging;
}
