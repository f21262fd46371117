/** The stored bytes of events, which the client parses and then forgets. */
import type { EventBytes } from './port.js';

interface Response {
  hasEvent?(): boolean;
  getEvent(): { getEvent(): { getData_asU8(): Uint8Array; getCustomMetadata_asU8(): Uint8Array } | undefined } | undefined;
}
type Next = (error?: Error | null, resolved?: { event?: object }) => void;
type Transform = (response: Response, encoding: BufferEncoding, next: Next) => unknown;

const kept = new WeakMap<object, EventBytes>();

/**
 * Has a read or subscription that was just made keep each event's bytes, for `bytesOf`. The client has no door for it: its step from response to event
 * is wrapped, before the first response can be there.
 */
export function keepBytes<Stream extends object>(stream: Stream): Stream {
  const inner = stream as unknown as { _transform: Transform };
  const transform = inner._transform;
  inner._transform = (response, encoding, next) =>
    transform.call(stream, response, encoding, (error, resolved) => {
      const recorded = resolved?.event && response.hasEvent?.() ? response.getEvent()?.getEvent() : undefined;
      if (resolved?.event && recorded) kept.set(resolved.event, { data: recorded.getData_asU8(), metadata: recorded.getCustomMetadata_asU8() });
      next(error, resolved);
    });
  return stream;
}

export const bytesOf = (recorded: object): EventBytes | undefined => kept.get(recorded);
