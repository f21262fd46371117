import type { AllStreamRecordedEvent, ResolvedEvent } from '@eventstore/db-client';
import { bytesOf } from './esdb-bytes.js';
import type { StoredEvent } from './port.js';

type Recorded = NonNullable<ResolvedEvent['event']> & Partial<Pick<AllStreamRecordedEvent, 'position'>>;

/** System events and streams begin with "$". */
export const isSystem = (event: { readonly type: string; readonly stream: string }): boolean => event.type.startsWith('$') || event.stream.startsWith('$');

/** undefined for a link whose event is gone. */
export const storedEventOf = (resolved: { readonly event?: unknown; readonly commitPosition?: bigint }): StoredEvent | undefined => {
  const event = resolved.event as Recorded | undefined;
  if (event === undefined) return undefined;
  const bytes = bytesOf(event);
  return {
    id: event.id,
    type: event.type,
    stream: event.streamId,
    revision: event.revision,
    position: event.position?.commit ?? resolved.commitPosition ?? 0n,
    data: event.data as object,
    metadata: (event.metadata ?? {}) as object,
    created: event.created,
    ...(bytes !== undefined && { bytes }),
  };
};
