import { StoreFailure, type EventStore } from '../../../shared/event-store/port.js';

/** Which records are one person, from the log itself and without any key: as true of those who were erased. */
export interface People {
  /** The record that an id stands for: its own, or the one it was merged into, however far on. */
  survivorOf(customerId: string): Promise<string>;
  /** Every id of the person who has this one, the survivor's first. Only the id itself where nobody is registered under it. */
  idsOf(customerId: string): Promise<readonly string[]>;
}

interface Bonds {
  readonly into: string | undefined;
  /** Ids merged into this record, and into those. */
  readonly ids: readonly string[];
}

export function createPeople(store: Pick<EventStore, 'readStream'>): People {
  async function bondsOf(customerId: string): Promise<Bonds> {
    let into: string | undefined;
    const merges = new Map<string, readonly string[]>();
    try {
      for await (const { type, data } of store.readStream(`customer-${customerId}`)) {
        const told = data as { readonly into: string; readonly mergeId: string; readonly ids: readonly string[] };
        if (type === 'CustomerMerged') into = told.into;
        else if (type === 'CustomerUnmerged') into = undefined;
        else if (type === 'CustomerMergeCompleted') merges.set(told.mergeId, told.ids);
        else if (type === 'CustomerUnmergeCompleted') merges.delete(told.mergeId);
      }
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    return { into, ids: [...merges.values()].flat() };
  }

  /** A record that was merged takes no other in, and no other takes it in: the way ends. */
  async function survivor(customerId: string): Promise<{ readonly id: string; readonly ids: readonly string[] }> {
    const passed: string[] = [];
    for (let id = customerId; ;) {
      const { into, ids } = await bondsOf(id);
      passed.push(...ids);
      // Between the second step of a merge and its third the survivor does not name those yet who were passed.
      if (into === undefined) return { id, ids: [...new Set([id, ...passed])] };
      passed.push(id);
      id = into;
    }
  }

  return {
    survivorOf: async (customerId) => (await survivor(customerId)).id,
    idsOf: async (customerId) => (await survivor(customerId)).ids,
  };
}
