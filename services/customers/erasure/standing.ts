import { StoreFailure, type EventStore } from '../../../shared/event-store/port.js';

export type Standing = 'absent' | 'merged' | 'restricted' | 'free';

/** Whether somebody is registered and may be dealt with: from the log itself, without any key. */
export async function standingOf(store: EventStore, customerId: string): Promise<Standing> {
  let standing: Standing = 'absent';
  let [kept, going, merged] = [false, false, false];
  try {
    for await (const { type } of store.readStream(`customer-${customerId}`)) {
      if (standing === 'absent') standing = 'free';
      if (type === 'CustomerRestricted' || type === 'CustomerRestrictionLifted') kept = type === 'CustomerRestricted';
      if (type === 'CustomerMerged' || type === 'CustomerUnmerged') merged = type === 'CustomerMerged';
      if (type === 'CustomerErasureConfirmed' || type === 'CustomerErasureWithdrawn') going = type === 'CustomerErasureConfirmed';
    }
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  if (merged) return 'merged';
  return kept || going ? 'restricted' : standing;
}
