import { UnreadableEvent, type Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { withTransaction } from '../../shared/read-store/pool.js';
import type { ReadRows } from '../../shared/read-store/verify.js';
import { openBlobs } from '../blobs.js';
import { DocumentCheck } from './check-documents.js';
import { LedgerCheck } from './check-ledger.js';
import { LogCheck } from './check-log.js';
import { letCatchUp } from './catching-up.js';
import { READ_MODELS, ReadModelCheck } from './check-read-models.js';
import type { TreeCheck } from './check-tree.js';
import type { Finding } from './finding.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';

export interface Verification {
  readonly events: number;
  readonly streams: number;
  readonly accounts: number;
}

/** Reads the whole log once and tells everything that is wrong with it. */
export const verifyLog = (records: BankRecords, tell: (finding: Finding) => void, tree?: TreeCheck): Promise<Verification> => verify(records, [], tell, tree);

/** The log, and every row of every read model and every document's content against it, in one reading. Memory grows with ids only; docs/decisions/verify.md has the figures. */
export async function verifyEverything(records: BankRecords, tell: (finding: Finding) => void, tree?: TreeCheck): Promise<Verification> {
  const end = (await lastPosition(records.log)) ?? 0n;
  if (!records.stopped) await letCatchUp(records.readPool, Object.keys(READ_MODELS), end);
  const blobs = await openBlobs(records.config);
  return withTransaction(records.readPool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const query: ReadRows = async (text, values, name) => (await client.query({ text, ...(values && { values: [...values] }), ...(name !== undefined && { name }) })).rows;
    return verify(records, await ReadModelCheck.ofAll(records, query, end), tell, tree, new DocumentCheck({ ...records, blobs }));
  });
}

async function verify(records: BankRecords, readModels: readonly ReadModelCheck[], tell: (finding: Finding) => void, tree: TreeCheck | undefined, documents?: DocumentCheck): Promise<Verification> {
  const log = new LogCheck();
  const shards = new Map<string, LedgerCheck>();
  let events = 0;
  for await (const stored of selectEvents(records.log, { bytes: tree !== undefined }, 'verifying')) {
    events++;
    await tree?.check(stored, tell);
    for (const model of readModels) model.count(stored);
    const findings = log.check(stored);
    const recorded = await readable(records.codec, stored, findings);
    if (recorded && stored.stream.startsWith('ledger-')) findings.push(...shardOf(shards, stored.stream).check(recorded as Recorded<LedgerEvent>));
    findings.forEach(tell);
    if (recorded && stored.stream.startsWith('dossier-')) await documents?.check(stored);
    // The projectors set aside what has not its published shape or cannot be read.
    if (!recorded || findings.some(({ code }) => code === 'event_shape' || code === 'event_unreadable')) continue;
    for (const model of readModels) for await (const finding of model.check(stored, recorded) ?? []) tell(finding);
  }
  await tree?.finish(tell);
  await documents?.finish(tell);
  for (const model of readModels) for await (const finding of model.finish()) tell(finding);
  return { events, streams: log.streams, accounts: [...shards.values()].reduce((sum, { accounts }) => sum + accounts.count, 0) };
}

async function readable(codec: Codec, stored: StoredEvent, findings: Finding[]): Promise<Recorded | undefined> {
  try {
    return (await codec.read([stored], { open: false }))[0];
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    findings.push({ code: 'event_unreadable', where: `${stored.stream}/${stored.revision}`, detail: error.message });
    return undefined;
  }
}

function shardOf(shards: Map<string, LedgerCheck>, stream: string): LedgerCheck {
  let shard = shards.get(stream);
  if (!shard) shards.set(stream, (shard = new LedgerCheck()));
  return shard;
}
