import type { Logger } from 'pino';
import type { IndexedCommand, LedgerIndex } from './index-port.js';
import { lastRevision, logIdOf, TailReader, type TailSource } from './log-tail.js';
import { RecordedCommands } from './recorded-commands.js';
import { restoreState } from './state-image.js';
import { LedgerState } from './state.js';
import { verifiedChunks, type Snapshots } from './snapshot-port.js';

export interface Loaded {
  readonly state: LedgerState;
  readonly recorded: RecordedCommands;
  /** Of the last event, -1 for an empty log. */
  readonly revision: number;
  readonly recordedAt: number;
  readonly logId: string | undefined;
  readonly snapshotRevision: number;
  /** Commands after `commandsAfter`, in order: for the index. */
  readonly commands: readonly IndexedCommand[];
  readonly commandsAfter: number;
}

/** The newest snapshot that is whole, then the tail. Without any, the whole log. */
export async function loadLedger(
  source: TailSource & { readonly shard: number; readonly index: LedgerIndex; readonly snapshots: Snapshots; readonly logger: Logger },
  limits: { readonly rememberedCommands: number },
): Promise<Loaded> {
  const { logger } = source;
  const logId = await logIdOf(source);
  if (logId === undefined) {
    const state = new LedgerState();
    return { state, recorded: new RecordedCommands(state.journal), revision: -1, recordedAt: 0, logId, snapshotRevision: -1, commands: [], commandsAfter: -1 };
  }
  const snapshot = await newestSnapshot(source, logId);
  const state = snapshot?.state ?? new LedgerState();
  const snapshotRevision = snapshot?.revision ?? -1;
  const from = await rememberFrom(source, logId, snapshotRevision, limits.rememberedCommands);
  const recorded = new RecordedCommands(state.journal, from - 1);
  let commands: IndexedCommand[] = [];
  let commandsAfter = from - 1;
  const command = (next: IndexedCommand): void => {
    commands.push(next);
    if (commands.length < 2 * limits.rememberedCommands + 10_000) return;
    // A long log without a snapshot: older commands are the index's business, and cannot be judged before it has them.
    recorded.evict(limits.rememberedCommands, next.revision);
    commandsAfter = next.revision;
    commands = [];
  };
  const tail = new TailReader(source, { state, recorded, command }, from, snapshotRevision);
  await tail.readToEnd();
  const { last, recordedAt } = tail;
  logger.info({ shard: source.shard, snapshotRevision, revision: last, accounts: state.accounts.count }, 'ledger loaded');
  return { state, recorded, revision: last, recordedAt, logId, snapshotRevision, commands, commandsAfter };
}

/** Where reading begins: after the snapshot, or earlier where that spares the index a wait or memory can hold more. */
async function rememberFrom(
  source: Parameters<typeof loadLedger>[0], logId: string, snapshotRevision: number, rememberedCommands: number,
): Promise<number> {
  if (snapshotRevision < 0) return 0;
  const indexed = await source.index.checkpoint(source.shard, logId).catch((error: unknown) => {
    source.logger.warn({ err: error }, 'the index of old commands does not answer');
    return snapshotRevision;
  });
  const behind = snapshotRevision - indexed;
  if (behind <= 0 || behind > rememberedCommands) return snapshotRevision + 1;
  return indexed + 1;
}

async function newestSnapshot(
  source: Parameters<typeof loadLedger>[0], logId: string,
): Promise<{ readonly state: LedgerState; readonly revision: number } | undefined> {
  const { snapshots, shard, logger } = source;
  try {
    const end = await lastRevision(source);
    for (const head of await snapshots.list(shard, logId)) {
      if (head.revision > end) continue; // of a log that has since been put back to an earlier state
      try {
        return { state: await restoreState(verifiedChunks(snapshots, head)), revision: head.revision };
      } catch (error) {
        logger.warn({ err: error, snapshot: head.id, revision: head.revision }, 'a snapshot is not usable; trying an older one');
      }
    }
  } catch (error) {
    logger.warn({ err: error }, 'snapshots cannot be read; replaying the log');
  }
  return undefined;
}
