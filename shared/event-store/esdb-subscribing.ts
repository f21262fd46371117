/** A subscription that never ends by itself: on any drop it resumes after the last item it delivered. */
import { excludeSystemEvents, START, streamNameFilter } from '@eventstore/db-client';
import type { AllStreamSubscription, EventStoreDBClient } from '@eventstore/db-client';
import type { Logger } from 'pino';
import { pause, withDeadline } from './deadline.js';
import { keepBytes } from './esdb-bytes.js';
import { isSystem, storedEventOf } from './esdb-events.js';
import { failureOf } from './esdb-failures.js';
import { StoreFailure } from './port.js';
import type { Checkpoint, SubscribeAll, SubscriptionItem } from './port.js';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** The client's "no position"; a server was seen to send it as a checkpoint. */
const NO_POSITION = 2n ** 64n - 1n;
/** Events that a server looks at for one "search window"; checkpoints come at multiples. */
const WINDOW_EVENTS = 32;

type Resolved = Parameters<typeof storedEventOf>[0];

/** One try: items until the call fails or ends, which throws. */
async function* itemsOf(client: EventStoreDBClient, options: SubscribeAll, after: Checkpoint | undefined, checkpointEvery: number): AsyncGenerator<SubscriptionItem, never, undefined> {
  const { streamPrefixes, signal, bytes = false } = options;
  let checkpoint: Checkpoint | undefined;
  let caughtUp = false;
  let failed: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const rouse = (): void => wake?.();
  const settings = {
    checkpointInterval: Math.max(1, Math.ceil(checkpointEvery / WINDOW_EVENTS)),
    checkpointReached: async (_subscription: unknown, position: Checkpoint): Promise<void> => {
      checkpoint = position;
      rouse();
    },
  };
  const subscription: AllStreamSubscription = client.subscribeToAll({
    fromPosition: after ?? START,
    filter: streamPrefixes === undefined ? excludeSystemEvents(settings) : streamNameFilter({ ...settings, prefixes: [...streamPrefixes] }),
  });
  if (bytes) keepBytes(subscription);
  const fail = (error: unknown): void => {
    failed ??= { error };
    rouse();
  };
  subscription.on('error', fail);
  subscription.on('end', () => fail(new StoreFailure('unavailable', 'the server ended the subscription')));
  subscription.on('close', () => fail(new StoreFailure('unavailable', 'the subscription was closed')));
  subscription.on('caughtUp', () => {
    caughtUp = true;
    rouse();
  });
  subscription.on('readable', rouse);
  signal.addEventListener('abort', rouse);
  try {
    for (;;) {
      signal.throwIfAborted();
      // Events first: a checkpoint or "caught up" is told as it passes by, ahead of events that are still waiting to be taken.
      const resolved = subscription.read() as Resolved | null;
      if (resolved !== null) {
        const event = storedEventOf(resolved);
        if (event === undefined) continue;
        const at = positionOf(resolved, event.position);
        if (checkpoint !== undefined && checkpoint.commit <= at.commit) checkpoint = undefined;
        // A tombstone is a system event in an ordinary stream: passed over, but never looked at again.
        yield isSystem(event) ? { kind: 'checkpoint', checkpoint: at } : { kind: 'event', event, checkpoint: at };
      } else if (failed !== undefined) throw failed.error;
      else if (checkpoint !== undefined) {
        const reached = checkpoint;
        checkpoint = undefined;
        yield { kind: 'checkpoint', checkpoint: reached };
      } else if (caughtUp) {
        caughtUp = false;
        yield { kind: 'caught-up' };
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      }
    }
  } finally {
    signal.removeEventListener('abort', rouse);
    await withDeadline(subscription.unsubscribe(), 1_000, 'unsubscribing').catch(() => undefined);
    subscription.destroy();
  }
}

const positionOf = (resolved: Resolved, commit: bigint): Checkpoint => {
  const position = (resolved.event as { position?: Checkpoint } | undefined)?.position;
  return { commit, prepare: position?.prepare ?? commit };
};

const isForward = (next: Checkpoint, last: Checkpoint | undefined): boolean =>
  next.commit !== NO_POSITION && (last === undefined || next.commit > last.commit || (next.commit === last.commit && next.prepare > last.prepare));

export async function* subscribe(
  clientOf: () => EventStoreDBClient,
  options: SubscribeAll,
  { checkpointEvery, logger }: { readonly checkpointEvery: number; readonly logger: Logger | undefined },
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const { signal } = options;
  let last = options.after;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      for await (const item of itemsOf(clientOf(), options, last, checkpointEvery)) {
        retryMs = FIRST_RETRY_MS;
        if (item.kind !== 'caught-up') {
          // Never backwards: what was delivered stays delivered.
          if (!isForward(item.checkpoint, last)) continue;
          last = item.checkpoint;
        }
        yield item;
      }
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error, 'subscription to $all');
      if (failure.kind !== 'unavailable') throw failure;
      logger?.warn({ err: error, retryInMs: retryMs, after: last?.commit.toString() }, 'the subscription dropped and resumes');
      await pause(retryMs, signal);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }
}
