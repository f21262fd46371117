import { LRUCache } from 'lru-cache';

export interface KnownId {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

/**
 * The ids of the newest events, for appends that name no exact revision. Memory only and bounded, as on the real server: after a restart,
 * or enough other events, such an append sent again is stored again. Whoever must not double names an exact revision.
 */
export class KnownIds {
  private readonly ids: LRUCache<string, KnownId>;

  constructor(max = 30_000) {
    this.ids = new LRUCache({ max });
  }

  find(key: string): KnownId | undefined {
    return this.ids.get(key);
  }

  remember(key: string, known: KnownId): void {
    this.ids.set(key, known);
  }
}

export const idKey = (id: Buffer): string => id.toString('latin1');
