/**
 * When an append call drops, @eventstore/db-client 6.2.1 leaves rejections behind that no caller can catch: writes still queued reject inside a
 * promise executor that nobody awaits, and an answer that comes after its promise was thrown away raises "undefined is not iterable".
 * Node would end the process. The append itself is settled and sent again by its own path, so exactly these are set aside, told by the file
 * they come from; everything else goes on as if this guard were not there.
 */
// With source maps on, the same file goes by its source's name.
const APPEND_FILE = /db-client[\\/](dist|src)[\\/](streams[\\/]appendToStream[\\/]batchAppend|utils[\\/]backpressuredWrite)\.(js|ts)/;

export const isLateAppendRejection = (reason: unknown): boolean => reason instanceof Error && APPEND_FILE.test(reason.stack ?? '');

const guards = new Set<(reason: unknown) => void>();

const onUnhandledRejection = (reason: unknown): void => {
  if (isLateAppendRejection(reason)) {
    for (const noticed of guards) noticed(reason);
    return;
  }
  // With any listener Node no longer ends the process: where this is the only one, do what Node would have done.
  if (process.listenerCount('unhandledRejection') === 1) throw reason;
};

/** Returns what removes it again. */
export const guardAgainstLateRejections = (noticed: (reason: unknown) => void): (() => void) => {
  if (guards.size === 0) process.on('unhandledRejection', onUnhandledRejection);
  guards.add(noticed);
  return () => {
    guards.delete(noticed);
    if (guards.size === 0) process.off('unhandledRejection', onUnhandledRejection);
  };
};
