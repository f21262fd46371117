import type { SegmentDefinition, SegmentEvent } from '../../../shared/events/marketing/segment-events.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../../shared/kernel/decision.js';
import type { SegmentCode } from '../rejections.js';
import type { Author, SegmentCommand } from './commands.js';
import { hashOfDefinition, inForce, kindOf, type KnownSegment, type SegmentState } from './state.js';

type SegmentDecision = Decision<SegmentEvent, SegmentCode | 'if_match_stale'>;

export function decideSegment(state: SegmentState, revision: bigint, command: SegmentCommand): SegmentDecision {
  switch (command.kind) {
    case 'draft':
      // The id is made from the command, so whatever is here was drafted by this very one.
      if (state.status !== 'absent') return nothing;
      return command.faults.length > 0 ? reject('segment_invalid', undefined, command.faults) : accept(drafted(command.segmentId, 1, command.definition));
    case 'park': {
      if (state.status === 'absent') return nothing;
      const running = inForce(state);
      if (running?.version !== command.version || running.parked) return nothing;
      return accept<SegmentEvent>({ type: 'SegmentParked', data: { segmentId: state.segmentId, version: command.version, code: command.code, cause: command.cause } });
    }
    default:
      if (state.status === 'absent') return reject('segment_not_found');
      return command.precondition(revision) ? change(state, command) : reject('if_match_stale', `the segment is at revision ${revision}`);
  }
}

function change(state: KnownSegment, command: Exclude<SegmentCommand, { kind: 'draft' | 'park' }>): SegmentDecision {
  const { segmentId, draft } = state;
  const running = inForce(state);
  switch (command.kind) {
    case 'revise':
      if (command.faults.length > 0) return reject('segment_invalid', undefined, command.faults);
      if (kindOf(state) !== command.definition.kind) return reject('segment_kind_fixed');
      if (!draft) return accept(drafted(segmentId, state.released.length + 1, command.definition));
      if (draft.hash === hashOfDefinition(command.definition)) return nothing;
      return accept<SegmentEvent>({ type: 'SegmentRevised', data: { segmentId, version: draft.version, definition: command.definition, hash: hashOfDefinition(command.definition) } });
    case 'submit':
      if (!draft) return reject('segment_no_draft');
      return draft.status === 'submitted' ? nothing : accept<SegmentEvent>({ type: 'SegmentSubmitted', data: { segmentId, version: draft.version, hash: draft.hash } });
    case 'return': {
      const refused = unready(state, command.by);
      return refused ?? accept<SegmentEvent>({ type: 'SegmentReturned', data: { segmentId, version: draft!.version, reason: command.reason } });
    }
    case 'publish': {
      if (draft && command.faults.length > 0) return reject('segment_invalid', 'it was valid when it was written', command.faults);
      const refused = unready(state, command.by);
      if (refused) return refused;
      if (draft!.hash !== command.hash) return reject('segment_changed', `the draft has the hash ${draft!.hash}`);
      return accept<SegmentEvent>({ type: 'SegmentPublished', data: { segmentId, version: draft!.version, definition: draft!.definition, hash: draft!.hash } });
    }
    case 'withdraw':
      if (!running) return reject('segment_not_published');
      if (command.usedBy.length > 0) return reject('segment_in_use', `by ${command.usedBy.join(', ')}`);
      return accept<SegmentEvent>({ type: 'SegmentWithdrawn', data: { segmentId, version: running.version, reason: command.reason } });
    case 'resume':
      if (!running) return reject('segment_not_published');
      return running.parked ? accept<SegmentEvent>({ type: 'SegmentResumed', data: { segmentId, version: running.version } }) : reject('segment_not_parked');
    default:
      return unreachable(command);
  }
}

const drafted = (segmentId: string, version: number, definition: SegmentDefinition): SegmentEvent => ({ type: 'SegmentDrafted', data: { segmentId, version, definition, hash: hashOfDefinition(definition) } });

/** Why `by` may not review the draft; undefined where they may. */
function unready({ draft }: KnownSegment, by: Author): SegmentDecision | undefined {
  if (draft?.authors.some((author) => areSame(author, by))) return reject('segment_own');
  if (!draft) return reject('segment_no_draft');
  return draft.status === 'submitted' ? undefined : reject('segment_not_submitted');
}

/** Nobody stands on both sides, whoever acts for whom. */
function areSame(one: Pick<Author, 'id' | 'actingAs'>, other: Pick<Author, 'id' | 'actingAs'>): boolean {
  const sides = [one.id, one.actingAs];
  return sides.includes(other.id) || (other.actingAs !== undefined && sides.includes(other.actingAs));
}
