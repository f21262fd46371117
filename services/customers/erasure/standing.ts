import { StoreFailure, type EventStore } from '../../../shared/event-store/port.js';

export type Standing = 'absent' | 'restricted' | 'free';

/** Whether somebody is registered and may be dealt with: from the log itself, without any key. */
export async function standingOf(store: EventStore, customerId: string): Promise<Standing> {
  let standing: Standing = 'absent';
  let [kept, going] = [false, false];
  try {
    for await (const { type } of store.readStream(`customer-${customerId}`)) {
      if (standing === 'absent') standing = 'free';
      if (type === 'CustomerRestricted' || type === 'CustomerRestrictionLifted') kept = type === 'CustomerRestricted';
      if (type === 'CustomerErasureConfirmed' || type === 'CustomerErasureWithdrawn') going = type === 'CustomerErasureConfirmed';
    }
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  return kept || going ? 'restricted' : standing;
}
