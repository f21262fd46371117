/** Reads through one client of their own, so that a bad read never drops the appends' call. */
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Logger } from 'pino';
import { withDeadline } from './deadline.js';
import { connectTo, discard } from './esdb-connection.js';
import { storedEventOf } from './esdb-events.js';
import { failureOf } from './esdb-failures.js';
import { StoreFailure } from './port.js';
import type { StoredEvent } from './port.js';

/** What the client's reads and subscriptions have in common. */
interface Cancellable {
  cancel(): Promise<void>;
}

export type ClientRead = AsyncIterable<Parameters<typeof storedEventOf>[0]> & Cancellable & NodeJS.EventEmitter & { destroy(): unknown };

export class ReadSide {
  private current: EventStoreDBClient | undefined;
  private closed = false;

  /** Throws StoreFailure('invalid') for a URL that cannot be one. Connects at the first read only. */
  constructor(private readonly url: string, private readonly timeoutMs: number, private readonly logger: Logger | undefined) {
    this.current = connectTo(url);
  }

  get client(): EventStoreDBClient {
    if (this.closed) throw new StoreFailure('unavailable', 'the event store was closed');
    return (this.current ??= connectTo(this.url));
  }

  /**
   * All events of one read. Fails with 'unavailable' where the next event is not there in time; a read that fails before its first event is
   * tried once more, because the first call after the server came back always fails on the old connection.
   */
  async *events(start: (client: EventStoreDBClient) => ClientRead, doing: string): AsyncGenerator<StoredEvent, void, undefined> {
    for (let attempt = 1; ; attempt++) {
      let delivered = false;
      try {
        for await (const event of this.once(start, doing)) {
          delivered = true;
          yield event;
        }
        return;
      } catch (error) {
        const failure = failureOf(error, doing);
        if (failure.kind !== 'unavailable' || delivered || attempt === 2) throw failure;
        this.logger?.debug({ err: error }, 'a read failed before its first event: once more');
      }
    }
  }

  private async *once(start: (client: EventStoreDBClient) => ClientRead, doing: string): AsyncGenerator<StoredEvent, void, undefined> {
    const client = this.client;
    const read = start(client);
    // The client may report one failure twice; without a listener the second would end the process.
    read.on('error', () => undefined);
    const iterator = read[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await withDeadline(iterator.next(), this.timeoutMs, doing);
        if (next.done === true) {
          // The client ends its reads as if they were whole when it is closed, by us or because another read failed on it.
          if (this.closed || this.current !== client) throw new StoreFailure('unavailable', `${doing}: broken off, the connection was closed meanwhile`);
          return;
        }
        const event = storedEventOf(next.value);
        if (event !== undefined) yield event;
      }
    } catch (error) {
      if (error instanceof StoreFailure && error.kind === 'unavailable') this.replace(client);
      throw error;
    } finally {
      // Leaving the iterator destroys the client's end only: the call itself would stay open.
      await withDeadline(read.cancel(), 1_000, 'cancelling a read').catch(() => undefined);
      read.destroy();
    }
  }

  /** A connection that did not answer is not used again. */
  private replace(client: EventStoreDBClient): void {
    if (this.current !== client) return;
    this.current = undefined;
    void discard(client);
  }

  /** A unary call with the deadline of ours. */
  async call<T>(doing: string, send: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const client = this.client;
    try {
      return await withDeadline(send(client), this.timeoutMs, doing);
    } catch (error) {
      if (error instanceof StoreFailure) this.replace(client);
      throw failureOf(error, doing);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const client = this.current;
    this.current = undefined;
    if (client !== undefined) await discard(client);
  }
}
