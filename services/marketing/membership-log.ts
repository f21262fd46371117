import { SubjectErased } from '../../shared/crypto/vault.js';
import type { Codec, Draft } from '../../shared/events/codec.js';
import type { SegmentMembershipEvent } from '../../shared/events/marketing/membership-events.js';
import { StoreFailure, type EventStore, type NewEvent, type StoredEvent } from '../../shared/event-store/port.js';
import { commandIdOf, eventIdOf } from '../../shared/kernel/ids.js';
import type { Cause } from '../evaluation/program.js';
import type { MembershipChange } from './membership.js';

/** By segment: the revision of the last event of its stream that was written, or found, by this line of evaluations. */
export type Heads = Record<string, string>;

/** Resolves once every change is in the log, also where it was before; `heads` is moved on. @throws MembershipsDiffer */
export type AppendMemberships = (changes: readonly MembershipChange[], heads: Heads) => Promise<void>;

/** What is in a segment's stream does not follow from the log: somebody else wrote it, or this program evaluates differently. */
export class MembershipsDiffer extends Error {
  override readonly name = 'MembershipsDiffer';
}

/** Events of one append: with their traces far below what a log takes at once. */
const AT_ONCE = 200;
export const membersStream = (segmentId: string): string => `segmentmembers-${segmentId}`;
export const causeIdOf = (cause: Cause): string => (cause.kind === 'event' ? cause.id : commandIdOf('evaluation', 'time', new Date(cause.at).toISOString()));

/**
 * Writes each segment's memberships into its own stream, at exact revisions: what comes again after a crash is recognised there by its ids. Of who has been erased since, a stream
 * may hold more than comes again.
 */
export function appendMemberships({ eventStore, codec, now }: { readonly eventStore: EventStore; readonly codec: Codec; readonly now: () => Date }): AppendMemberships {
  /** Answers the revision of the last. */
  async function appendTo(stream: string, drafts: readonly Draft[], head: bigint): Promise<bigint> {
    const events = await sealed(codec, drafts);
    try {
      return (await eventStore.append(stream, events, expecting(head))).revision;
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version')) throw error;
      return appendAfterFound(stream, drafts, events, head);
    }
  }

  /** Goes over what is there already; writes what is left. */
  async function appendAfterFound(stream: string, drafts: readonly Draft[], events: readonly NewEvent[], head: bigint): Promise<bigint> {
    let place = 0;
    let last = head;
    for await (const stored of eventStore.readStream(stream, { from: head + 1n })) {
      if (place === events.length) break;
      if (stored.id !== events[place]!.id) {
        if (!(await isOfErased(stored))) throw new MembershipsDiffer(`${stream}/${stored.revision} is ${stored.type}, where ${JSON.stringify(drafts[place]!.event.data).slice(0, 300)} comes`);
      } else place++;
      last = stored.revision;
    }
    return place < events.length ? (await eventStore.append(stream, events.slice(place), expecting(last))).revision : last;
  }

  async function isOfErased(stored: StoredEvent): Promise<boolean> {
    const { customerId } = stored.data as SegmentMembershipEvent['data'];
    return isErased(codec, { ...draftFrom(stored), event: { type: 'CustomerLeftSegment', data: { ...PROBE, customerId } } });
  }

  return async (changes, heads) => {
    const bySegment = new Map<string, MembershipChange[]>();
    for (const change of changes) {
      const own = bySegment.get(change.segmentId);
      if (own) own.push(change);
      else bySegment.set(change.segmentId, [change]);
    }
    for (const [segmentId, own] of bySegment)
      for (let at = 0; at < own.length; at += AT_ONCE) {
        const drafts = own.slice(at, at + AT_ONCE).map((change) => draftOf(change, now()));
        heads[segmentId] = String(await appendTo(membersStream(segmentId), drafts, BigInt(heads[segmentId] ?? -1)));
      }
  };
}

const expecting = (head: bigint): bigint | 'no-stream' => (head < 0n ? 'no-stream' : head);

/** The same change for the same cause is the same event, however often it is found. */
function draftOf({ kind, segmentId, version, customerId, at, cause, because, trace }: MembershipChange, recordedAt: Date): Draft {
  const causeId = causeIdOf(cause);
  const commandId = commandIdOf('segments', `${segmentId} ${version} ${customerId} ${kind}`, cause.kind === 'event' ? causeId : new Date(at).toISOString());
  const data = { segmentId, version, customerId, at: new Date(at).toISOString(), cause: causeId, because, ...(trace !== null && { trace: trace.map((entry) => ({ ...entry })) }) };
  return {
    id: eventIdOf(commandId, 0),
    event: { type: kind === 'entered' ? 'CustomerEnteredSegment' : 'CustomerLeftSegment', data },
    metadata: { commandId, $correlationId: causeId, $causationId: causeId, actor: { id: 'segments', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt: recordedAt.toISOString() },
  };
}

/** Of who has been erased meanwhile it is written that they came or went, and no trace. */
async function sealed(codec: Codec, drafts: readonly Draft[]): Promise<NewEvent[]> {
  try {
    return await codec.seal(drafts);
  } catch (error) {
    if (!(error instanceof SubjectErased)) throw error;
    const readable = await Promise.all(drafts.map(async (draft) => ((await isErased(codec, draft)) ? withoutTrace(draft) : draft)));
    return sealed(codec, readable);
  }
}

const withoutTrace = (draft: Draft): Draft => {
  const { trace: _, ...data } = draft.event.data as SegmentMembershipEvent['data'];
  return { ...draft, event: { ...draft.event, data } };
};

async function isErased(codec: Codec, draft: Draft): Promise<boolean> {
  try {
    await codec.seal([draft]);
    return false;
  } catch (error) {
    if (error instanceof SubjectErased) return true;
    throw error;
  }
}

const draftFrom = ({ id, metadata }: StoredEvent): Omit<Draft, 'event'> => ({ id, metadata: metadata as Draft['metadata'] });
/** Only to learn whether the customer's key is there: it is never stored. */
const PROBE = { segmentId: '00000000-0000-0000-0000-000000000000', version: 1, at: '2000-01-01T00:00:00.000Z', cause: '00000000-0000-0000-0000-000000000000', because: 'gone', trace: [] } as const;
