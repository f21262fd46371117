/**
 * The one way appends leave this process. All of them share one client per store, because @eventstore/db-client keeps the promises of every
 * client's appends in one module-wide map and rejects them all when any client's call drops. Here they go out in order, a bounded number at
 * a time; when the call drops or stalls, what was in flight is sent again, identical and in its old order, until each has a definite answer.
 */
import { jsonEvent } from '@eventstore/db-client';
import type { AppendExpectedRevision, AppendResult as ClientResult, EventStoreDBClient } from '@eventstore/db-client';
import type { Logger } from 'pino';
import { pause, withDeadline } from './deadline.js';
import { connectTo, discard } from './esdb-connection.js';
import { messageOf, verdictOf } from './esdb-failures.js';
import { guardAgainstLateRejections } from './esdb-late-rejections.js';
import { StoreFailure } from './port.js';
import type { AppendResult, ExpectedRevision, NewEvent } from './port.js';

/** More in flight on a dropped call makes the client leave rejections that nobody can catch. */
const MAX_IN_FLIGHT = 128;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 1_000;

export interface AppendTimeouts {
  /** For one try, after which the connection is replaced. */
  readonly appendTryMs: number;
  /** For the whole append with all its tries. */
  readonly appendMs: number;
}

type ProposedJson = ReturnType<typeof jsonEvent>;

interface Appending {
  readonly sequence: number;
  readonly stream: string;
  readonly events: ProposedJson[];
  readonly expected: ExpectedRevision;
  readonly deadlineAt: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (failure: StoreFailure) => void;
  /** Whether any try may have reached the server. */
  mayBeStored: boolean;
  lastError: unknown;
}

const utf8 = new TextEncoder();

/**
 * Metadata goes in as bytes: the client would hand an object on as base64, which its protobuf library decodes twice, in JavaScript (half of what an
 * event with 300 bytes of metadata costs). Data has no such door: as bytes it would no longer be JSON to the server.
 */
const proposedOf = ({ id, type, data, metadata }: NewEvent): ProposedJson =>
  jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: utf8.encode(JSON.stringify(metadata)) });

export const clientRevision = (expected: ExpectedRevision): AppendExpectedRevision => {
  switch (expected) {
    case 'no-stream':
      return 'no_stream';
    case 'stream-exists':
      return 'stream_exists';
    case 'any':
      return 'any';
    default:
      return expected;
  }
};

export class AppendLane {
  private client: EventStoreDBClient | undefined;
  private waiting: Appending[] = [];
  private inFlight = 0;
  private pumping = false;
  private sequence = 0;
  /** A call dropped: nothing goes out until all that was in flight has settled and there is a new client. */
  private broken = false;
  private closed = false;
  private discarding: Promise<void> = Promise.resolve();
  private retryMs = FIRST_RETRY_MS;
  private readonly unguard = guardAgainstLateRejections((reason) => this.logger?.debug({ err: reason }, 'a late rejection of the event store client, already dealt with'));

  constructor(private readonly url: string, private readonly timeouts: AppendTimeouts, private readonly logger: Logger | undefined) {}

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    if (this.closed) return Promise.reject(new StoreFailure('unavailable', 'the event store was closed'));
    return new Promise((resolve, reject) => {
      this.waiting.push({
        sequence: this.sequence++,
        stream,
        events: events.map(proposedOf),
        expected,
        deadlineAt: Date.now() + this.timeouts.appendMs,
        resolve,
        reject,
        mayBeStored: false,
        lastError: undefined,
      });
      this.pump();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) await discard(client);
    for (const item of this.waiting.splice(0)) this.giveUp(item);
    this.unguard();
  }

  private pump(): void {
    if (!this.pumping) void this.launchWaiting();
  }

  private async launchWaiting(): Promise<void> {
    this.pumping = true;
    while (!this.broken && !this.closed && this.inFlight < MAX_IN_FLIGHT && this.waiting.length > 0) {
      const item = this.waiting.shift() as Appending;
      // What was never sent may be dropped for certain.
      if (Date.now() >= item.deadlineAt) this.giveUp(item);
      else await new Promise<void>((written) => void this.attempt(item, written).finally(written));
    }
    this.pumping = false;
  }

  /** `written` is called when the client has handed the append to its call. */
  private async attempt(item: Appending, written: () => void): Promise<void> {
    this.inFlight++;
    try {
      const client = (this.client ??= connectTo(this.url));
      const options = { expectedRevision: clientRevision(item.expected), deadline: this.timeouts.appendTryMs };
      const sent = client.appendToStream(item.stream, tellWhenTaken(item.events, written), options);
      const result = await withDeadline(sent, this.timeouts.appendTryMs, `append to ${item.stream}`);
      this.retryMs = FIRST_RETRY_MS;
      item.resolve(appendResultOf(result));
    } catch (error) {
      this.failed(item, error);
    }
    this.inFlight--;
    if (this.broken) {
      if (this.inFlight === 0) void this.renew();
    } else this.pump();
  }

  private failed(item: Appending, error: unknown): void {
    const verdict = verdictOf(error, item.stream);
    if (verdict.kind === 'refused') {
      // "Wrong revision" is also the verdict on the tries before: had one been stored, the identical append would have been answered as a
      // repetition. Any other refusal may have come about since (the stream tombstoned, the right to write withdrawn).
      if (item.mayBeStored && verdict.failure.kind !== 'wrong-expected-version') {
        item.lastError = verdict.failure;
        this.giveUp(item);
      } else item.reject(verdict.failure);
      return;
    }
    item.lastError = error;
    item.mayBeStored ||= verdict.kind === 'unknown';
    if (!this.broken) this.logger?.warn({ err: error, stream: item.stream }, 'an append got no definite answer');
    this.broken = true;
    // Other tries of a stalled call get no answer either: cancelling it settles them at once, and before any newer client has anything in flight.
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) this.discarding = discard(client);
    if (this.closed || Date.now() >= item.deadlineAt || (item.mayBeStored && !hasExactRevision(item.expected))) this.giveUp(item);
    else this.putBack(item);
  }

  private putBack(item: Appending): void {
    const at = this.waiting.findIndex((other) => other.sequence > item.sequence);
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, item);
  }

  private async renew(): Promise<void> {
    await this.discarding;
    await pause(this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
    this.broken = false;
    this.pump();
  }

  private giveUp(item: Appending): void {
    const failure = item.mayBeStored
      ? new StoreFailure('outcome-unknown', `append to ${item.stream}: may or may not be stored (${messageOf(item.lastError)})`, { cause: item.lastError })
      : new StoreFailure('unavailable', `append to ${item.stream}: not sent (${messageOf(item.lastError ?? 'no connection in time')})`, { cause: item.lastError });
    item.reject(failure);
  }
}

/**
 * The same events in an array that tells when it was read to its end, which the client does right before it writes to its call. Appends must be
 * started one after the other: of two started at once on a new call, the client writes the second first.
 */
const tellWhenTaken = (events: readonly ProposedJson[], taken: () => void): ProposedJson[] =>
  Object.defineProperty([...events], Symbol.iterator, {
    *value(): Generator<ProposedJson, void> {
      for (let index = 0; index < events.length; index++) yield events[index] as ProposedJson;
      taken();
    },
  });

const hasExactRevision = (expected: ExpectedRevision): boolean => typeof expected === 'bigint' || expected === 'no-stream';

const appendResultOf = (result: ClientResult): AppendResult => ({ revision: result.nextExpectedRevision, position: result.position?.commit ?? 0n });
