import { validate as isUuid } from 'uuid';
import { StoreFailure } from './port.js';
import type { ExpectedRevision, NewEvent } from './port.js';

/** The servers' own limit on the data of one append; metadata does not count. */
export const MAX_APPEND_DATA_BYTES = 1_048_576;

const MAX_REVISION = 2n ** 63n - 1n;

/** Refuses what the client would answer wrongly (an empty append "succeeds" at revision 0) or not understandably. */
export const check = (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): void => {
  if (stream === '') throw new StoreFailure('invalid', 'a stream needs a name');
  if (events.length === 0) throw new StoreFailure('invalid', `append to ${stream}: no events`);
  if (typeof expected === 'bigint' && (expected < 0n || expected > MAX_REVISION)) throw new StoreFailure('invalid', `append to ${stream}: revision ${expected}`);
  const wrong = events.find((event) => !isUuid(event.id));
  if (wrong !== undefined) throw new StoreFailure('invalid', `append to ${stream}: not a uuid: ${wrong.id}`);
  if (events.some((event) => event.type === '')) throw new StoreFailure('invalid', `append to ${stream}: an event needs a type`);
};
