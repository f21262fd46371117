import type { EventStore } from '../../shared/event-store/port.js';

/** The work ended before it was done, and not by a fault: somebody pressed Ctrl-C, or whoever read the output has left (head, less). */
export class Ended extends Error {
  override readonly name = 'Ended';
  constructor(readonly exitCode: number) {
    super('ended early');
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const BROKEN_PIPE = 141;

/** Aborted, with an Ended, by the first signal to end or by a standard output that nobody reads any more. A second signal ends the process at once. */
export function endedEarly(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => controller.abort(new Ended(EXIT_CODES[signal as keyof typeof EXIT_CODES]));
  for (const name of Object.keys(EXIT_CODES)) process.once(name, onSignal);
  process.stdout.on('error', () => controller.abort(new Ended(BROKEN_PIPE)));
  return {
    signal: controller.signal,
    forget() {
      for (const name of Object.keys(EXIT_CODES)) process.off(name, onSignal);
    },
  };
}

/** The same log, whose reads fail with the signal's reason once it is aborted. */
export function readsUntil(log: EventStore, signal: AbortSignal): EventStore {
  async function* until<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    for await (const item of items) {
      signal.throwIfAborted();
      yield item;
    }
  }
  return { ...log, readAll: (read) => until(log.readAll(read)), readStream: (stream, read) => until(log.readStream(stream, read)) };
}
