import type { Logger } from 'pino';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Codec } from '../../shared/events/codec.js';
import type { LedgerIndex } from './index-port.js';
import type { LedgerConfig } from './ledger-config.js';
import type { Snapshots } from './snapshot-port.js';

export interface LedgerOptions {
  readonly shard: number;
  /** Fixed when the bank is founded. */
  readonly shards: number;
  readonly eventStore: EventStore;
  readonly codec: Codec;
  readonly index: LedgerIndex;
  readonly snapshots: Snapshots;
  readonly logger: Logger;
  readonly clock: () => Date;
  /** Random UUIDs. */
  readonly ids: () => string;
  readonly config?: Partial<LedgerConfig>;
  /** The log contradicts what it had acknowledged; the process should end and be started anew. */
  readonly onFailed?: (error: Error) => void;
}

/** What the parts of a running shard are given. */
export interface ShardParts extends Omit<LedgerOptions, 'config'> {
  readonly stream: string;
  readonly config: LedgerConfig;
}

export interface ShardStatus {
  readonly shard: number;
  /** `resolving`: an append's outcome is open. `catching-up`: another writer was faster. */
  readonly mode: 'serving' | 'resolving' | 'catching-up' | 'stopping' | 'stopped' | 'failed';
  readonly storedRevision: number;
  readonly decidedRevision: number;
  readonly waiting: number;
  readonly groupsInFlight: number;
  readonly accounts: number;
  readonly openHolds: number;
  readonly rememberedCommands: number;
  readonly evictedThrough: number;
  readonly indexedThrough: number;
  readonly snapshotRevision: number;
  readonly businessDate: string;
}
