import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import type { Known } from '../../shared/records/record.js';
import { ACCESS_STREAM, evolveAll } from './evolve.js';
import { emptyState, type AccessState } from './state.js';

/** The stream from a revision to its end, opened. Empty where there is nothing (yet). */
export async function readAdministration(store: EventStore, codec: Codec, from = 0n): Promise<Recorded<AdministrationEvent>[]> {
  const stored: StoredEvent[] = [];
  try {
    for await (const event of store.readStream(ACCESS_STREAM, { from })) stored.push(event);
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  return (await codec.read(stored, { open: true })) as Recorded<AdministrationEvent>[];
}

type Answer = NonNullable<ReturnType<Known<AccessState>['answered']>>;

/** The stream folded as far as it was taken in, whoever brings its events and however often. */
export class FoldedLog {
  private last: Recorded | undefined;
  private readonly answers = new Map<string, Answer>();
  state: AccessState = emptyState;

  get revision(): bigint {
    return this.last?.revision ?? -1n;
  }

  /** False where events between are missing: nothing was taken in. */
  take(recorded: readonly Recorded<AdministrationEvent>[]): boolean {
    const news = recorded.filter(({ revision }) => revision > this.revision);
    const [first] = news;
    if (!first) return true;
    if (first.revision !== this.revision + 1n) return false;
    this.state = evolveAll(this.state, news);
    for (const { revision, position, metadata } of news) this.answers.set(metadata.commandId, { revision, position, commandHash: metadata.commandHash });
    this.last = news.at(-1);
    return true;
  }

  known(): Known<AccessState> | undefined {
    if (!this.last) return undefined;
    const { revision, position, metadata } = this.last;
    return { state: this.state, revision, position, recordedAt: metadata.recordedAt, answered: (commandId) => this.answers.get(commandId) };
  }
}
