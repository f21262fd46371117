import type { BusEvent } from '../../shared/event-bus/port.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';
import { Gap } from './failures.js';

interface StreamGuard {
  revision: bigint;
  parked: boolean;
  changed: boolean;
}

/** What a build has seen of each stream of a batch. Locks the streams' rows until the transaction ends. */
export class RevisionGuard {
  duplicates = 0;

  private constructor(private readonly streams: Map<string, StreamGuard>) {}

  static async load(tx: ReadTransaction, events: readonly BusEvent[]): Promise<RevisionGuard> {
    const names = [...new Set(events.map(({ stream }) => stream))];
    const rows = await tx.query<{ stream: string; revision: string; parked: boolean }>(
      'SELECT stream, revision, parked FROM stream_revisions WHERE stream = ANY($1::text[]) FOR UPDATE',
      [names],
      'guard-load',
    );
    return new RevisionGuard(new Map(rows.map(({ stream, revision, parked }) => [stream, { revision: BigInt(revision), parked, changed: false }])));
  }

  /**
   * The events not seen before, each stream's without a hole. What is missing is taken from `healed`.
   * @throws Gap where neither has it
   */
  fresh(events: readonly BusEvent[], healed: ReadonlyMap<string, BusEvent>): BusEvent[] {
    const fresh: BusEvent[] = [];
    for (const event of events) {
      const guard = this.of(event.stream);
      if (event.revision <= guard.revision) {
        this.duplicates++;
        continue;
      }
      for (let missing = guard.revision + 1n; missing < event.revision; missing++) {
        const found = healed.get(keyOf(event.stream, missing));
        if (!found) throw new Gap(event.stream, missing, event.revision - 1n);
        fresh.push(found);
      }
      fresh.push(event);
      guard.revision = event.revision;
      guard.changed = true;
    }
    return fresh;
  }

  isParked(stream: string): boolean {
    return this.of(stream).parked;
  }

  park(stream: string): void {
    const guard = this.of(stream);
    guard.parked = true;
    guard.changed = true;
  }

  async save(tx: ReadTransaction): Promise<void> {
    const changed = [...this.streams].filter(([, guard]) => guard.changed);
    if (changed.length === 0) return;
    await tx.query(
      `INSERT INTO stream_revisions (stream, revision, parked) SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[])
       ON CONFLICT (stream) DO UPDATE SET revision = excluded.revision, parked = excluded.parked`,
      [changed.map(([stream]) => stream), changed.map(([, { revision }]) => revision.toString()), changed.map(([, { parked }]) => parked)],
      'guard-save',
    );
  }

  private of(stream: string): StreamGuard {
    let guard = this.streams.get(stream);
    if (!guard) this.streams.set(stream, (guard = { revision: -1n, parked: false, changed: false }));
    return guard;
  }
}

export const keyOf = (stream: string, revision: bigint): string => `${stream}/${revision}`;
