import type { Story } from '../../../projections/ledger/testing/story.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { AllRead, EventStore, StoredEvent } from '../../../shared/event-store/port.js';
import { eventIdOf } from '../../../shared/kernel/ids.js';
import type { Finding } from '../finding.js';
import type { BankRecords } from '../open-records.js';
import { verifyLog, type Verification } from '../verify.js';

/** A story as the log holds it: sealed, each event a command of its own and under the id that follows from it. */
export async function storedLog({ events }: Story): Promise<StoredEvent[]> {
  const drafts = events.map(({ id: commandId, event, metadata }) => ({ id: eventIdOf(commandId, 0), event: event as { type: string; data: object }, metadata }));
  const sealed = await createCodec(createMemoryVault()).seal(drafts);
  return sealed.map((event, index) => ({ ...structuredClone(event), stream: events[index]!.stream, revision: events[index]!.revision, position: events[index]!.position, created: new Date(0) }));
}

/** What verifying exactly these events, in this order, tells. */
export async function verifying(events: readonly StoredEvent[]): Promise<{ readonly findings: Finding[]; readonly result: Verification }> {
  const log = { readAll: ({ direction }: AllRead = {}) => told(direction === 'backwards' ? events.slice(-1) : events) } satisfies Pick<EventStore, 'readAll'>;
  const findings: Finding[] = [];
  const result = await verifyLog({ log, codec: createCodec(createMemoryVault()) } as unknown as BankRecords, (finding) => findings.push(finding));
  return { findings, result };
}

async function* told<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
