/**
 * Commands by id, for the part of the log that memory no longer holds: a table rebuilt from the log, never truth. A hit is confirmed by reading the log;
 * a miss counts only as far as the checkpoint reaches.
 */
export interface LedgerIndex {
  /** One statement: what it has of these ids, and how far it goes, of one and the same moment. Throws when it is away. */
  find(shard: number, commandIds: readonly string[]): Promise<IndexAnswer>;
  /** How far the index has read this log (named by its first event's id); -1 for not at all. An index of another log is emptied first. */
  checkpoint(shard: number, logId: string): Promise<number>;
  /** Adds commands and moves the checkpoint, in one transaction; false when the checkpoint was not at `from` (somebody else moved it). */
  advance(shard: number, from: number, to: number, commands: readonly IndexedCommand[]): Promise<boolean>;
  /** Empties the shard's part: it proved wrong. */
  reset(shard: number): Promise<void>;
}

export interface IndexedCommand {
  readonly commandId: string;
  /** Of its last event. */
  readonly revision: number;
}

export interface IndexAnswer {
  /** Every command up to this revision is in the index. */
  readonly checkpoint: number;
  readonly revisions: ReadonlyMap<string, number>;
}

/** For tests and tools. */
export function memoryIndex(): LedgerIndex {
  const shards = new Map<number, { logId: string; checkpoint: number; revisions: Map<string, number> }>();
  const of = (shard: number) => shards.get(shard) ?? shards.set(shard, { logId: '', checkpoint: -1, revisions: new Map() }).get(shard)!;
  return {
    async find(shard, commandIds) {
      const { checkpoint, revisions } = of(shard);
      return { checkpoint, revisions: new Map(commandIds.filter((id) => revisions.has(id)).map((id) => [id, revisions.get(id)!])) };
    },
    async checkpoint(shard, logId) {
      const part = of(shard);
      if (part.logId !== logId) Object.assign(part, { logId, checkpoint: -1, revisions: new Map() });
      return part.checkpoint;
    },
    async advance(shard, from, to, commands) {
      const part = of(shard);
      if (part.checkpoint !== from) return false;
      for (const { commandId, revision } of commands) part.revisions.set(commandId, revision);
      part.checkpoint = to;
      return true;
    },
    async reset(shard) {
      shards.delete(shard);
    },
  };
}
