/** The log: takes writes, stores everything that gathered meanwhile as one group, and answers each write once its group is stored. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { LRUCache } from 'lru-cache';
import { Group } from './group.js';
import type { Outcome, StoredLog, WriteRequest } from './group.js';
import { KnownIds } from './known-ids.js';
import { LogSession } from './log-session.js';
import { RecentRows } from './recent-rows.js';
import { isMetastream, originalOf } from './stream-state.js';
import type { StreamState } from './stream-state.js';

/** Of the data of one append; metadata does not count (as on the servers this stands in for). */
export const MAX_APPEND_BYTES = 1_048_576;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
const MAX_GROUP_WRITES = 1_000;
const CACHED_STREAMS = 20_000;
const UNAVAILABLE: Outcome = { kind: 'unavailable', message: 'the log is not available' };

export interface Write {
  readonly request: WriteRequest;
  readonly bytes: number;
  /** Epoch ms. */
  readonly deadlineAt: number;
  /** Called exactly once. */
  readonly answer: (outcome: Outcome) => void;
}

interface Pending extends Write {
  answered: boolean;
}

export class Log implements StoredLog {
  knownIds = new KnownIds();
  recent = new RecentRows(0);
  lastPosition = 0;
  private session: LogSession | undefined;
  private readonly states = new LRUCache<string, StreamState>({ max: CACHED_STREAMS });
  private queue: Pending[] = [];
  private current: Pending[] = [];
  private queuedBytes = 0;
  private running: Promise<void> = Promise.resolve();
  private busy = false;
  private stopped = false;
  private readonly commitListeners = new Set<() => void>();
  private readonly downListeners = new Set<() => void>();
  private readonly roomListeners = new Set<() => void>();
  private readonly timeoutCheck: NodeJS.Timeout;

  constructor(private readonly url: string, private readonly logger: Logger, private readonly maxQueuedBytes = 32 * 1024 * 1024) {
    this.timeoutCheck = setInterval(() => this.expire(Date.now()), 100);
    this.timeoutCheck.unref();
  }

  /** Throws LogIsTaken where another server writes this log. */
  async open(): Promise<void> {
    await this.connect(5_000);
  }

  get available(): boolean {
    return this.session !== undefined && !this.stopped;
  }

  get full(): boolean {
    return this.queuedBytes > this.maxQueuedBytes;
  }

  /** Each call's listener is told once. */
  onRoom(listener: () => void): void {
    this.roomListeners.add(listener);
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
    this.queue.push({ ...write, answered: false });
    this.queuedBytes += write.bytes;
    if (!this.busy) {
      this.busy = true;
      this.running = this.run();
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timeoutCheck);
    await this.running;
    const session = this.session;
    this.goDown();
    await session?.close();
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

  framesBetween: StoredLog['framesBetween'] = (stream, from, to) => this.connected().framesBetween(stream, from, to);

  private connected(): LogSession {
    if (this.session === undefined) throw new Error('no database session');
    return this.session;
  }

  private async load(streams: readonly string[]): Promise<void> {
    for (const [stream, state] of await this.connected().statesOf(streams)) this.states.set(stream, state);
  }

  private async run(): Promise<void> {
    // What arrives in the same turn of the event loop belongs in the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const session = this.session;
      this.current = this.takeGroup();
      try {
        if (session === undefined) throw new Error('no database session');
        await this.store(session, this.current);
      } catch (error) {
        this.logger.error({ err: error, writes: this.current.length }, 'a group of writes was not stored');
        for (const write of this.current) this.settle(write, UNAVAILABLE);
        // Whether a cut-off group was stored is only known to the next session, which reads the log anew.
        if (session !== undefined && session === this.session) await this.dropSession(session);
      }
      this.current = [];
    }
    this.busy = false;
  }

  private takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const write of this.queue) {
      if (count > 0 && (bytes + write.bytes > MAX_GROUP_BYTES || count === MAX_GROUP_WRITES)) break;
      bytes += write.bytes;
      count++;
    }
    const taken = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    this.queuedBytes -= bytes;
    if (!this.full && this.roomListeners.size > 0) {
      const listeners = [...this.roomListeners];
      this.roomListeners.clear();
      for (const listener of listeners) listener();
    }
    return taken.filter((write) => !write.answered);
  }

  private async store(session: LogSession, writes: readonly Pending[]): Promise<void> {
    const unknown = [...new Set(writes.flatMap(({ request: { stream } }) => (isMetastream(stream) ? [stream, originalOf(stream)] : [stream])))]
      .filter((stream) => !this.states.has(stream));
    if (unknown.length > 0) await this.load(unknown);
    const group = new Group(this, this.lastPosition, newEventId, Date.now());
    const outcomes: Outcome[] = [];
    for (const { request } of writes) outcomes.push(await group.decide(request));
    if (group.rows.length > 0) {
      await session.insert(group.rows);
      this.lastPosition = group.lastPosition;
      for (const [stream, state] of group.states) this.states.set(stream, state);
      for (const [key, known] of group.ids) this.knownIds.remember(key, known);
      this.recent.add(group.rows);
    }
    writes.forEach((write, index) => this.settle(write, outcomes[index] as Outcome));
    if (group.rows.length > 0) for (const listener of [...this.commitListeners]) listener();
  }

  private settle(write: Pending, outcome: Outcome): void {
    if (write.answered) return;
    write.answered = true;
    write.answer(outcome);
  }

  /** A write that waits longer than its deadline is answered "timeout": not written if it still waits, unknown if it is being stored. */
  private expire(now: number): void {
    for (const write of [...this.current, ...this.queue]) {
      if (write.deadlineAt <= now) this.settle(write, { kind: 'timeout' });
    }
  }

  private async connect(patienceMs: number): Promise<void> {
    const session = await LogSession.open(this.url, this.logger, patienceMs);
    this.states.clear();
    this.lastPosition = await session.lastPosition();
    this.recent = new RecentRows(this.lastPosition);
    if (this.stopped) {
      await session.close();
      return;
    }
    this.session = session;
    void session.ended.then(() => {
      if (this.session !== session || this.stopped) return;
      this.goDown();
      void this.reconnect();
    });
  }

  private goDown(): void {
    this.session = undefined;
    for (const write of this.queue) this.settle(write, UNAVAILABLE);
    this.queue = [];
    this.queuedBytes = 0;
    for (const listener of [...this.downListeners]) listener();
    for (const listener of [...this.roomListeners]) listener();
    this.roomListeners.clear();
  }

  private async dropSession(session: LogSession): Promise<void> {
    this.goDown();
    await session.close();
    void this.reconnect();
  }

  private async reconnect(): Promise<void> {
    for (let waitMs = 100; !this.stopped && this.session === undefined; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        await this.connect(0);
        if (!this.stopped) this.logger.info('the log is available again');
        return;
      } catch (error) {
        this.logger.warn({ err: error, retryInMs: waitMs }, 'the log is still not available');
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }
}

export const newEventId = (): Buffer => Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
