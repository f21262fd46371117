import type { SegmentDefinition } from '../../../shared/events/marketing/segment-events.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { systemContext } from '../../../shared/http/system-context.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import type { Executed, Loaded, Records } from '../../../shared/records/record.js';
import type { SegmentCommand } from './commands.js';
import { decideSegment } from './decider.js';
import { inForce, segmentRecord, type KnownSegment, type SegmentState } from './state.js';

export interface Segments {
  load(id: string): Promise<Loaded<KnownSegment> | undefined>;
  execute(id: string, command: SegmentCommand, context: CommandContext): Promise<Executed>;
  /** What a version said, whatever became of it. */
  definitionOf(id: string, version: number): Promise<SegmentDefinition | undefined>;
}

export function createSegments(records: Records): Segments {
  async function load(id: string): Promise<Loaded<KnownSegment> | undefined> {
    const loaded = await records.load(segmentRecord, id);
    return loaded && isKnown(loaded) ? loaded : undefined;
  }
  return {
    load,
    execute: (id, command, context) => records.execute(segmentRecord, id, context, ({ state, revision }) => decideSegment(state, revision, command)),
    async definitionOf(id, version) {
      const state = (await load(id))?.state;
      return state?.released.find((one) => one.version === version)?.definition;
    },
  };
}

/** For the evaluator: this version failed when it was evaluated for this cause. Nothing where it is not in force, or parked; the same failure again stores nothing. */
export async function parkSegment(records: Records, id: string, failure: { readonly version: number; readonly code: string; readonly cause: string }, now: () => Date): Promise<void> {
  const context = { ...systemContext('segments', now(), commandIdOf('segments', `park ${id} ${failure.version}`, failure.cause)), repeatable: true };
  await records.execute(segmentRecord, id, context, ({ state, revision }) => decideSegment(state, revision, { kind: 'park', ...failure }));
}

/** For the evaluator: who is in by the log is not what it gives, whatever version is in force now. The same again stores nothing, also where it was resumed since. */
export async function parkInForce(records: Records, id: string, failure: { readonly version: number; readonly code: string; readonly cause: string }, now: () => Date): Promise<void> {
  const context = { ...systemContext('segments', now(), commandIdOf('segments', `park ${id} in force`, failure.cause)), repeatable: true };
  await records.execute(segmentRecord, id, context, ({ state, revision }) =>
    decideSegment(state, revision, { kind: 'park', ...failure, version: (state.status === 'absent' ? undefined : inForce(state)?.version) ?? failure.version }));
}

const isKnown = (loaded: Loaded<SegmentState>): loaded is Loaded<KnownSegment> => loaded.state.status !== 'absent';
