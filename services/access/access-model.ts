import type { Logger } from 'pino';
import type { Rights } from '../../shared/access/rights.js';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import { pause, withDeadline } from '../../shared/event-store/deadline.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { Refusal } from '../../shared/http/context.js';
import type { Known } from '../../shared/records/record.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { ACCESS_STREAM } from './evolve.js';
import { FoldedLog, readAdministration } from './folded-log.js';
import { actingRightsOf, clientRightsOf } from './held-rights.js';
import { keptRightsOf } from './rights-at-moments.js';
import type { AccessState } from './state.js';

export interface AccessModelOptions {
  readonly store: EventStore;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** A clock that never steps, in milliseconds. */
  readonly elapsed?: () => number;
  readonly timings?: Partial<typeof TIMINGS>;
}

const TIMINGS = {
  /** Older than this the state decides nothing before the stream's tail was read. */
  staleAfterMs: 10_000,
  /** How often the tail is read although the subscription is silent: silence alone does not prove that nothing happened. */
  checkEveryMs: 2_000,
  /** How long a decision waits for the tail. */
  rereadMs: 3_000,
};

/** Who there is and what they may do, in memory. Every answer throws Refusal `outage` when it cannot know. */
export interface AccessModel {
  /** The state, known to have been whole within the last ten seconds. */
  current(): Promise<AccessState>;
  /** Undefined for who is not (or no longer) a working member of staff. */
  rightsOf(staffId: string, at: Date): Promise<Rights | undefined>;
  /** Of whoever acts as another; undefined where they do not, or may not any more. */
  actingRightsOf(staffId: string, asStaffId: string, at: Date): Promise<Rights | undefined>;
  clientRightsOf(clientId: string): Promise<Rights | undefined>;
  /** Takes in whatever was appended up to this call. */
  refresh(): Promise<void>;
  /** For commands, which notice themselves when it is behind. */
  known(): Known<AccessState> | undefined;
  stop(): Promise<void>;
}

/** Reads the whole stream first. @throws StoreFailure where it cannot be read */
export async function startAccessModel({ store, codec, logger, metrics, elapsed = () => performance.now(), timings }: AccessModelOptions): Promise<AccessModel> {
  const { staleAfterMs, checkEveryMs, rereadMs } = { ...TIMINGS, ...timings };
  const log = new FoldedLog();
  const stopping = new AbortController();
  const { signal } = stopping;
  let wholeAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const asked = elapsed();
    let gap = true;
    while (gap) gap = !log.take(await readAdministration(store, codec, log.revision + 1n));
    wholeAt = Math.max(wholeAt, asked);
  }

  async function current(): Promise<AccessState> {
    if (elapsed() - wholeAt > staleAfterMs) {
      reading ??= withDeadline(refresh(), rereadMs, 'reading who may do what').finally(() => (reading = undefined));
      try {
        await reading;
      } catch (error) {
        logger.error({ err: error }, 'what people may do is not known for certain: requests are refused');
        throw new Refusal({ code: 'outage', detail: 'what you may do is not known at the moment' });
      }
    }
    return log.state;
  }

  async function follow(after: bigint | undefined): Promise<void> {
    const from = after === undefined ? {} : { after: { commit: after, prepare: after } };
    for await (const item of store.subscribeAll({ ...from, streamPrefixes: [ACCESS_STREAM], signal })) {
      if (item.kind !== 'event' || item.event.stream !== ACCESS_STREAM) continue;
      const recorded = (await codec.read([item.event], { open: true })) as Recorded<AdministrationEvent>[];
      if (!log.take(recorded)) await refresh();
    }
  }

  async function keepFollowing(after: bigint | undefined): Promise<void> {
    while (!signal.aborted)
      try {
        await follow(after);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, 'the subscription on who may do what failed and begins again');
        await pause(checkEveryMs, signal).catch(() => undefined);
      }
  }

  async function keepChecking(): Promise<void> {
    while (!signal.aborted) {
      await pause(checkEveryMs, signal).catch(() => undefined);
      if (!signal.aborted) await withDeadline(refresh(), rereadMs, 'reading who may do what').catch((error: unknown) => logger.warn({ err: error }, 'the tail of who may do what was not read'));
    }
  }

  // Before the stream is read, so that nothing falls between; what comes twice is taken once.
  const end = await lastPosition(store);
  await refresh();
  const working = Promise.all([keepFollowing(end), keepChecking()]);
  metrics?.gauge({ name: 'bank_access_model_age_seconds', help: 'Since when what people may do is not known for certain to be whole', read: () => Math.max(0, elapsed() - wholeAt) / 1_000 });
  metrics?.gauge({ name: 'bank_access_model_revision', help: 'Last revision taken in of who may do what, -1 for none', read: () => Number(log.revision) });

  return {
    current,
    refresh,
    rightsOf: async (staffId, at) => keptRightsOf(await current(), staffId, at),
    actingRightsOf: async (staffId, asStaffId, at) => actingRightsOf(await current(), staffId, asStaffId, at),
    clientRightsOf: async (clientId) => clientRightsOf(await current(), clientId),
    known: () => log.known(),
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
