import type { Codec } from '../events/codec.js';
import type { StoredEvent } from '../event-store/port.js';
import type { Recorded } from '../events/definition.js';
import { isPermanent } from '../read-store/permanent.js';

/** An event as it comes off the bus or out of the store. */
export type Encoded = Omit<StoredEvent, 'created' | 'bytes'>;

/** Whether an event off the bus has the published form; what is wrong with it, or undefined. */
export type CheckSealed = (event: Encoded) => string | undefined;

export type Decoded = { readonly kind: 'recorded'; readonly recorded: Recorded } | { readonly kind: 'unreadable'; readonly reason: string };

export interface Decoder {
  /** One answer per event, in order. Throws only what may pass (keys out of reach). */
  decode(events: readonly Encoded[], open: boolean): Promise<Decoded[]>;
}

export function createDecoder(codec: Codec, check: CheckSealed = () => undefined): Decoder {
  const read = async (events: readonly Encoded[], open: boolean): Promise<Recorded[]> =>
    codec.read(events.map((event) => ({ ...event, created: new Date(0) })), { open });

  async function readOne(event: Encoded, open: boolean): Promise<Decoded> {
    try {
      return { kind: 'recorded', recorded: (await read([event], open))[0]! };
    } catch (error) {
      if (isUnreadable(error) || isPermanent(error)) return { kind: 'unreadable', reason: String(error) };
      throw error;
    }
  }

  return {
    async decode(events, open) {
      const faults = events.map(check);
      const sound = events.filter((_, index) => faults[index] === undefined);
      let decoded: Decoded[];
      try {
        decoded = (await read(sound, open)).map((recorded) => ({ kind: 'recorded', recorded }));
      } catch (error) {
        if (!isUnreadable(error) && !isPermanent(error)) throw error;
        decoded = await Promise.all(sound.map((event) => readOne(event, open)));
      }
      const answers = decoded[Symbol.iterator]();
      return faults.map((fault) => (fault === undefined ? answers.next().value! : { kind: 'unreadable', reason: fault }));
    },
  };
}

const isUnreadable = (error: unknown): boolean => error instanceof Error && error.name === 'UnreadableEvent';
