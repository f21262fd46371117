import { SubjectErased } from '../../shared/crypto/vault.js';
import type { Codec, Draft } from '../../shared/events/codec.js';
import type { SegmentMembershipEvent } from '../../shared/events/marketing/membership-events.js';
import { StoreFailure, type EventStore, type NewEvent, type StoredEvent } from '../../shared/event-store/port.js';
import { commandIdOf, eventIdOf } from '../../shared/kernel/ids.js';
import type { Cause } from '../evaluation/program.js';
import type { MembershipChange, Standing } from './membership.js';

/**
 * By segment: the revision of the last event of its stream that was written, or found, by this line of evaluations; where the stream is not what they give,
 * "differs" and the cause by which that came out. Under `restated/<segment>`: because of which event it is being mended.
 */
export type Heads = Record<string, string>;

/** Resolves once every change is in the log, also where it was before; `heads` is moved on. */
export type AppendMemberships = (changes: readonly (MembershipChange | Standing)[], heads: Heads) => Promise<void>;

/** What is in a segment's stream does not follow from the log: somebody else wrote it, or this program evaluates differently. */
export class MembershipsDiffer extends Error {
  override readonly name = 'MembershipsDiffer';
  /** `eventId`: of the first event that is another. */
  constructor(readonly segmentId: string, readonly version: number, readonly eventId: string, what: string) {
    super(what);
  }
}

const DIFFERS = 'differs ';
const differs = (head: string | undefined): boolean => head !== undefined && head.startsWith(DIFFERS);
const restatedKey = (segmentId: string): string => `restated/${segmentId}`;

/** Events of one append: with their traces far below what a log takes at once. */
const AT_ONCE = 200;
export const membersStream = (segmentId: string): string => `segmentmembers-${segmentId}`;
export const causeIdOf = (cause: Cause): string => (cause.kind === 'event' ? cause.id : commandIdOf('evaluation', 'time', new Date(cause.at).toISOString()));

/**
 * Writes each segment's memberships into its own stream, at exact revisions: what comes again after a crash is recognised there by its ids. Of who has been erased since, a stream
 * may hold more than comes again.
 */
export function appendMemberships({ eventStore, codec, now, onDiffer }: {
  readonly eventStore: EventStore; readonly codec: Codec; readonly now: () => Date;
  /** From here on nothing is written about the segment until everybody is told anew where they stand. Comes again when the same is evaluated again. */
  readonly onDiffer: (differ: MembershipsDiffer) => Promise<void>;
}): AppendMemberships {
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
        const { data } = drafts[place]!.event as { readonly data: SegmentMembershipEvent['data'] };
        if (!(await isOfErased(stored))) throw new MembershipsDiffer(data.segmentId, data.version, stored.id, `${stream}/${stored.revision} is ${stored.type}, where ${JSON.stringify(data).slice(0, 300)} comes`);
      } else place++;
      last = stored.revision;
    }
    return place < events.length ? (await eventStore.append(stream, events.slice(place), expecting(last))).revision : last;
  }

  async function isOfErased(stored: StoredEvent): Promise<boolean> {
    const { customerId } = stored.data as SegmentMembershipEvent['data'];
    return isErased(codec, { ...draftFrom(stored), event: { type: 'CustomerLeftSegment', data: { ...PROBE, customerId } } });
  }

  async function appendOf(segmentId: string, changes: readonly MembershipChange[], heads: Heads): Promise<void> {
    try {
      for (let at = 0; at < changes.length; at += AT_ONCE) {
        const drafts = changes.slice(at, at + AT_ONCE).map((change) => draftOf(change, now()));
        heads[segmentId] = String(await appendTo(membersStream(segmentId), drafts, BigInt(heads[segmentId] ?? -1)));
      }
    } catch (error) {
      if (!(error instanceof MembershipsDiffer)) throw error;
      await onDiffer(error);
      heads[segmentId] = `${DIFFERS}${causeIdOf(changes.at(-1)!.cause)}`;
      delete heads[restatedKey(segmentId)];
    }
  }

  /** Whoever stands elsewhere than the stream says comes or leaves; everybody else is where they were. */
  async function mend(segmentId: string, standings: readonly Standing[], heads: Heads): Promise<void> {
    const causeId = causeIdOf(standings[0]!.cause);
    const { head, members } = await membersBefore(eventStore, segmentId, causeId);
    if (differs(heads[segmentId])) heads[segmentId] = String(head);
    heads[restatedKey(segmentId)] = causeId;
    const moved = standings.filter(({ member, customerId }) => member !== members.has(customerId));
    await appendOf(segmentId, moved.map(({ member, kind: _, ...one }) => ({ ...one, kind: member ? 'entered' : 'left', trace: null })), heads);
  }

  return async (outputs, heads) => {
    const bySegment = new Map<string, (MembershipChange | Standing)[]>();
    for (const output of outputs) {
      const own = bySegment.get(output.segmentId);
      if (own) own.push(output);
      else bySegment.set(output.segmentId, [output]);
    }
    for (const [segmentId, own] of bySegment) {
      const standings = own.filter((one): one is Standing => one.kind === 'stands');
      const causeId = standings[0] && causeIdOf(standings[0].cause);
      // Where it came out only while everybody was told, those before have been told in vain: the next time.
      const isMended = causeId !== undefined && (differs(heads[segmentId]) ? heads[segmentId] !== `${DIFFERS}${causeId}` : heads[restatedKey(segmentId)] === causeId);
      if (isMended) await mend(segmentId, standings, heads);
      else if (!differs(heads[segmentId])) {
        delete heads[restatedKey(segmentId)];
        await appendOf(segmentId, own.filter((one): one is MembershipChange => one.kind !== 'stands'), heads);
      }
    }
  };
}

/** Who is in by a segment's stream, as it was before anything was mended for this cause, and the revision of its last event; -1n where there is none. */
async function membersBefore(eventStore: EventStore, segmentId: string, causeId: string): Promise<{ readonly head: bigint; readonly members: ReadonlySet<string> }> {
  const members = new Set<string>();
  let head = -1n;
  try {
    for await (const { type, data, revision } of eventStore.readStream(membersStream(segmentId))) {
      const { customerId, cause } = data as SegmentMembershipEvent['data'];
      if (cause === causeId) break;
      if (type === 'CustomerEnteredSegment') members.add(customerId);
      else if (type === 'CustomerLeftSegment') members.delete(customerId);
      head = revision;
    }
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  return { head, members };
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
