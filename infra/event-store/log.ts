/** The log: takes writes, stores everything that gathered meanwhile as one group, and answers each write once its group is stored. */
import type { Logger } from 'pino';
import { LRUCache } from 'lru-cache';
import { decideWrite } from './decide-write.js';
import type { Outcome, WriteRequest } from './decide-write.js';
import { Group } from './group.js';
import type { StoredLog } from './group.js';
import { KnownIds } from './known-ids.js';
import type { LogSession } from './log-session.js';
import { NO_METERS, type LogMeters } from './meters.js';
import { Pen } from './pen.js';
import { RecentRows } from './recent-rows.js';
import { isMetastream, originalOf } from './stream-state.js';
import type { StreamState } from './stream-state.js';
import { WriteQueue } from './write-queue.js';
import type { Write } from './write-queue.js';

/** Of the data of one append; metadata does not count (as on the servers this stands in for). */
export const MAX_APPEND_BYTES = 1_048_576;
const CACHED_STREAMS = 20_000;
const UNAVAILABLE: Outcome = { kind: 'unavailable', message: 'the log is not available' };

export class Log implements StoredLog {
  readonly knownIds = new KnownIds();
  recent = new RecentRows(0);
  lastPosition = 0;
  private readonly pen: Pen;
  private readonly queue = new WriteQueue();
  private readonly states = new LRUCache<string, StreamState>({ max: CACHED_STREAMS });
  private readonly commitListeners = new Set<() => void>();
  private readonly downListeners = new Set<() => void>();
  private readonly timeoutCheck: NodeJS.Timeout;
  private writing: Promise<void> | undefined;
  private stopped = false;

  constructor(url: string, private readonly logger: Logger, private readonly meters: LogMeters = NO_METERS) {
    this.pen = new Pen(url, logger, { taken: (lastPosition) => this.readAnew(lastPosition), lost: () => this.goDown() });
    this.timeoutCheck = setInterval(() => this.queue.expire(Date.now()), 100).unref();
  }

  /** Throws LogIsTaken where another server writes this log. */
  async open(): Promise<void> {
    await this.pen.take(5_000);
  }

  get available(): boolean {
    return this.pen.held !== undefined && !this.stopped;
  }

  get full(): boolean {
    return this.queue.full;
  }

  /** Each call's listener is told once. */
  onRoom(listener: () => void): void {
    this.queue.onRoom(listener);
  }

  /** Told after every stored group, until removed. */
  onCommit(listener: () => void): () => void {
    this.commitListeners.add(listener);
    return () => this.commitListeners.delete(listener);
  }

  /** Told when the log goes away, until removed. */
  onDown(listener: () => void): () => void {
    this.downListeners.add(listener);
    return () => this.downListeners.delete(listener);
  }

  write(write: Write): void {
    if (!this.available) {
      write.answer(UNAVAILABLE);
      return;
    }
    this.queue.push(write);
    this.writing ??= this.storeGroups();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timeoutCheck);
    await this.writing;
    await this.pen.layDown();
  }

  /** The committed state as last seen, without asking the database. */
  cachedState(stream: string): StreamState | undefined {
    return this.states.get(stream);
  }

  async stateOf(stream: string): Promise<StreamState> {
    const cached = this.states.get(stream);
    if (cached !== undefined) return cached;
    await this.load([stream]);
    return this.states.get(stream) as StreamState;
  }

  framesBetween: StoredLog['framesBetween'] = (stream, from, to) => this.session().framesBetween(stream, from, to);

  private session(): LogSession {
    if (this.pen.held === undefined) throw new Error('no database session');
    return this.pen.held;
  }

  private async load(streams: readonly string[]): Promise<void> {
    for (const [stream, state] of await this.session().statesOf(streams)) this.states.set(stream, state);
  }

  private async storeGroups(): Promise<void> {
    // What arrives in the same turn of the event loop belongs in the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.queue.isEmpty) {
      const requests = this.queue.takeGroup();
      const session = this.pen.held;
      try {
        await this.store(this.session(), requests);
      } catch (error) {
        this.logger.error({ err: error, writes: requests.length }, 'a group of writes was not stored');
        this.queue.answerGroup(() => UNAVAILABLE);
        // Whether a cut-off group was stored is only known to the next session, which reads the log anew.
        if (session !== undefined) await this.pen.drop(session);
      }
    }
    this.writing = undefined;
  }

  private async store(session: LogSession, requests: readonly WriteRequest[]): Promise<void> {
    const unknown = [...new Set(requests.flatMap(({ stream }) => (isMetastream(stream) ? [stream, originalOf(stream)] : [stream])))]
      .filter((stream) => !this.states.has(stream));
    if (unknown.length > 0) await this.load(unknown);
    const startedAt = performance.now();
    const group = new Group(this, this.lastPosition, Date.now());
    const outcomes: Outcome[] = [];
    for (const request of requests) outcomes.push(await decideWrite(group, request));
    if (group.rows.length > 0) {
      await session.insert(group.rows);
      this.lastPosition = group.lastPosition;
      for (const [stream, state] of group.states) this.states.set(stream, state);
      for (const [key, known] of group.ids) this.knownIds.remember(key, known);
      this.recent.add(group.rows);
    }
    this.queue.answerGroup((index) => outcomes[index] as Outcome);
    this.meters.stored({ outcomes, appends: group.rows.length, seconds: (performance.now() - startedAt) / 1_000 });
    if (group.rows.length > 0) for (const listener of [...this.commitListeners]) listener();
  }

  private readAnew(lastPosition: number): void {
    this.states.clear();
    this.lastPosition = lastPosition;
    this.recent = new RecentRows(lastPosition);
  }

  private goDown(): void {
    this.queue.clear(UNAVAILABLE);
    for (const listener of [...this.downListeners]) listener();
  }
}
