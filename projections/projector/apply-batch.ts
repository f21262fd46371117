import type { Recorded } from '../../shared/events/definition.js';
import type { BusEvent, Topic } from '../../shared/event-bus/port.js';
import type { Projection, ReadTransaction } from '../../shared/read-store/projection.js';
import type { Decoded, Decoder } from '../../shared/event-bus/decode.js';
import { LaneHalted } from './failures.js';
import { isPermanent } from '../../shared/read-store/permanent.js';
import { RevisionGuard } from './guard.js';
import { saveParked, type Parked } from './parking.js';

export interface BatchRules {
  readonly projection: Projection;
  readonly build: number;
  readonly decoder: Decoder;
  /** Topics whose lanes halt where others park: money is never shown without one of its events. */
  readonly haltingTopics: ReadonlySet<Topic>;
}

export interface Prepared {
  readonly events: readonly BusEvent[];
  readonly decoded: ReadonlyMap<BusEvent, Decoded>;
}

export interface BatchResult {
  readonly applied: readonly Recorded[];
  readonly duplicates: number;
  readonly parked: number;
}

/** What needs no transaction: opening and upcasting. */
export async function prepareBatch({ projection, decoder }: BatchRules, events: readonly BusEvent[]): Promise<Prepared> {
  const ignored = new Set(projection.ignores);
  const wanted = events.filter(({ type }) => !ignored.has(type));
  const decoded = wanted.length > 0 ? await decoder.decode(wanted, projection.opens) : [];
  return { events, decoded: new Map(wanted.map((event, index) => [event, decoded[index]!])) };
}

/**
 * Applies what was not seen before, within the caller's transaction in the build's schema; `healed` holds events that the bus skipped.
 * With `oneByOne` each event is applied by itself, so that one which cannot be applied is found and set aside.
 * @throws Gap, LaneHalted, or what the database says
 */
export async function applyBatch(
  tx: ReadTransaction,
  rules: BatchRules,
  { events, decoded }: Prepared,
  healed: Prepared | undefined,
  oneByOne: boolean,
): Promise<BatchResult> {
  const { projection, build } = rules;
  const guard = await RevisionGuard.load(tx, events);
  const fresh = guard.fresh(events, new Map(healed?.events.map((event) => [`${event.stream}/${event.revision}`, event])));
  const parked: Parked[] = [];
  const applied: Recorded[] = [];
  const park = (event: BusEvent, reason: string): void => {
    if (rules.haltingTopics.has(event.topic)) throw new LaneHalted(`${event.type} at ${event.stream}/${event.revision}: ${reason}`);
    parked.push({ event, reason });
    guard.park(event.stream);
  };
  for (const event of fresh) {
    const answer = decoded.get(event) ?? healed?.decoded.get(event);
    if (guard.isParked(event.stream)) park(event, 'an earlier event of the stream is parked');
    else if (answer?.kind === 'unreadable') park(event, answer.reason);
    else if (answer) {
      const reason = oneByOne ? await tryOne(tx, projection, answer.recorded) : undefined;
      if (reason === undefined) applied.push(answer.recorded);
      else park(event, reason);
    }
  }
  if (!oneByOne && applied.length > 0) await projection.apply(tx, applied);
  await guard.save(tx);
  if (parked.length > 0) await saveParked(tx, projection.name, build, parked);
  return { applied, duplicates: guard.duplicates, parked: parked.length };
}

/** Why the event cannot be applied, or undefined when it was. */
async function tryOne(tx: ReadTransaction, projection: Projection, recorded: Recorded): Promise<string | undefined> {
  await tx.query('SAVEPOINT one_event');
  try {
    await projection.apply(tx, [recorded]);
    await tx.query('RELEASE SAVEPOINT one_event');
    return undefined;
  } catch (error) {
    if (!isPermanent(error)) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT one_event');
    return String(error);
  }
}
