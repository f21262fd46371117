import type { Codec, Draft } from '../../../shared/events/codec.js';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import { StoreFailure, type EventStore } from '../../../shared/event-store/port.js';
import { eventIdOf } from '../../../shared/kernel/ids.js';
import { causeIdOf } from '../membership-log.js';
import { eventsOfRun, runIdOf, type RfmRun } from './run.js';

/** One for each month. */
export const runStream = (runId: string): string => `rfmrun-${runId}`;

/**
 * Resolves once the run is in the log whole. What a run said already is not said again: begun anew after a crash, or evaluated anew from the beginning, it goes on after the customer told last,
 * by the breakpoints that were frozen then.
 */
export async function appendRun({ eventStore, codec, now }: { readonly eventStore: EventStore; readonly codec: Codec; readonly now: () => Date }, run: RfmRun): Promise<void> {
  const runId = runIdOf(run.date);
  const stored: RfmEvent[] = [];
  try {
    for await (const { type, data } of eventStore.readStream(runStream(runId))) stored.push({ type, data } as RfmEvent);
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  const causeId = causeIdOf(run.cause);
  let revision = BigInt(stored.length) - 1n;
  for (const event of eventsOfRun(run, stored)) {
    const draft: Draft = {
      id: eventIdOf(runId, Number(revision) + 1), event,
      metadata: { commandId: runId, $correlationId: causeId, $causationId: causeId, actor: { id: 'rfm', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt: now().toISOString() },
    };
    ({ revision } = await eventStore.append(runStream(runId), await codec.seal([draft]), revision < 0n ? 'no-stream' : revision));
  }
}
