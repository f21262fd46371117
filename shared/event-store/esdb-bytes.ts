/** The stored bytes of events, which the client parses and then forgets. */
import type { EventBytes } from './port.js';

interface Response {
  hasEvent?(): boolean;
  getEvent(): { getEvent(): { getData_asU8(): Uint8Array; getCustomMetadata_asU8(): Uint8Array } | undefined } | undefined;
}
type Next = (error?: Error | null, resolved?: { event?: object }) => void;
type Kept = { [BYTES]?: EventBytes };
type Transform = (response: Response, encoding: BufferEncoding, next: Next) => unknown;

/** On the event itself: a weak map of some thousand events a second costs the garbage collector more than all else here. */
const BYTES = Symbol('stored bytes');

/**
 * Has a read or subscription that was just made keep each event's bytes, for `bytesOf`. The client has no door for it: its step from response to
 * event is wrapped, before the first response can be there.
 */
export function keepBytes<Stream extends object>(stream: Stream): Stream {
  const inner = stream as unknown as { _transform: Transform };
  const transform = inner._transform;
  inner._transform = (response, encoding, next) =>
    transform.call(stream, response, encoding, (error, resolved) => {
      const recorded = resolved?.event && response.hasEvent?.() ? response.getEvent()?.getEvent() : undefined;
      if (resolved?.event && recorded)
        (resolved.event as Kept)[BYTES] = { data: recorded.getData_asU8(), metadata: recorded.getCustomMetadata_asU8() };
      next(error, resolved);
    });
  return stream;
}

export const bytesOf = (recorded: object): EventBytes | undefined => (recorded as Kept)[BYTES];
