import { StoreFailure } from '../../shared/event-store/port.js';
import type { Group } from './group.js';
import { PIPELINED_EVENTS } from './ledger-config.js';
import type { ShardParts } from './shard-parts.js';

export interface SenderEvents {
  /** The oldest group is stored; called in order. */
  stored(group: Group, position: bigint): void;
  /** Somebody else wrote at a revision that these groups were decided for: none of the first is stored. All are out of the sender's hands. */
  overtaken(groups: readonly Group[], landedOnForeign: boolean): void;
  /** The first group cannot be stored as it is (too large, or its personal fields cannot be sealed); nothing of these groups is stored. */
  unstorable(groups: readonly Group[], failure: Error, sealing: boolean): void;
}

const RETRY_MS = [20, 50, 100, 250, 500];

/**
 * Sends groups at their exact predicted revisions, a bounded number at a time. A group whose outcome is unknown is sent again, the same bytes, oldest
 * first and alone, until the answer is definite; `troubled` says so, and nothing new may be decided meanwhile.
 */
export class GroupSender {
  readonly #inFlight: Group[] = [];
  #order: Promise<unknown> = Promise.resolve();
  #retries = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly target: Pick<ShardParts, 'stream' | 'eventStore' | 'codec' | 'logger' | 'config'>,
    private readonly events: SenderEvents,
  ) {}

  get inFlight(): readonly Group[] {
    return this.#inFlight;
  }

  get newest(): Group | undefined {
    return this.#inFlight.at(-1);
  }

  get troubled(): boolean {
    return this.#timer !== undefined || this.#inFlight.some(({ outcome }) => outcome.kind === 'failed') || this.#retries > 0;
  }

  /** A group with another behind it is small (see `docs/decisions/pipelined-groups.md`): behind a larger one nothing is sent. */
  get mayTakeMore(): boolean {
    const inFlight = this.#inFlight;
    return inFlight.length === 0 || (inFlight.length < this.target.config.groupsInFlight && inFlight.every(({ size }) => size <= PIPELINED_EVENTS));
  }

  send(group: Group): void {
    this.#inFlight.push(group);
    this.#transmit(group);
  }

  /** Stops trying; what is in flight stays unresolved. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #transmit(group: Group): void {
    group.outcome = { kind: 'pending' };
    group.sentAsOldest = this.#inFlight[0] === group;
    // Sealing may have to fetch keys; whatever it takes, groups reach the store's connection in their order.
    const turn = this.#order.then(() => this.#seal(group));
    this.#order = turn.catch(() => {});
    turn
      .then(
        () => this.#append(group),
        (failure: Error) => (group.outcome = { kind: 'failed', failure, sealing: true }),
      )
      .then(() => this.#settle())
      .catch((error: unknown) => this.target.logger.fatal({ err: error }, 'settling a group failed'));
  }

  async #seal(group: Group): Promise<void> {
    group.sealed ??= await this.target.codec.seal(group.drafts());
  }

  async #append(group: Group): Promise<void> {
    // Behind a group that failed this one would only meet a wrong version, or somebody else's events.
    if (this.#inFlight.some((earlier) => earlier.firstRevision < group.firstRevision && earlier.outcome.kind === 'failed')) {
      group.outcome = { kind: 'failed', failure: new StoreFailure('unavailable', 'not sent behind a failed group'), sealing: false };
      return;
    }
    try {
      const expected = group.firstRevision === 0 ? 'no-stream' : BigInt(group.firstRevision - 1);
      const { position } = await this.target.eventStore.append(this.target.stream, group.sealed!, expected);
      group.outcome = { kind: 'stored', position };
    } catch (error) {
      group.outcome = { kind: 'failed', failure: error as Error, sealing: false };
    }
  }

  #settle(): void {
    let oldest = this.#inFlight[0];
    while (oldest?.outcome.kind === 'stored') {
      this.#inFlight.shift();
      this.#retries = 0;
      this.events.stored(oldest, oldest.outcome.position);
      oldest = this.#inFlight[0];
    }
    if (oldest?.outcome.kind !== 'failed' || this.#timer || this.#closed) return;
    if (this.#inFlight.some(({ outcome }) => outcome.kind === 'pending')) return;
    const { failure, sealing } = oldest.outcome;
    const kind = kindOf(failure);
    if (sealing || kind === 'too-large') return this.events.unstorable(this.#takeAll(), failure, sealing);
    if (kind === 'wrong-expected-version' && oldest.sentAsOldest) {
      const landedOnForeign = this.#inFlight.some(({ outcome }) => outcome.kind === 'stored');
      return this.events.overtaken(this.#takeAll(), landedOnForeign);
    }
    this.#sendAgain(oldest, failure);
  }

  #sendAgain(group: Group, failure: Error): void {
    const delayMs = kindOf(failure) === 'wrong-expected-version' ? 0 : RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)]!;
    this.#retries++;
    this.target.logger.warn({ err: failure, firstRevision: group.firstRevision, events: group.size, attempt: this.#retries }, 'a group\'s outcome is open: sending it again');
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#transmit(group);
    }, delayMs);
  }

  #takeAll(): Group[] {
    this.#retries = 0;
    return this.#inFlight.splice(0);
  }
}

const kindOf = (failure: Error): string | undefined => (failure instanceof StoreFailure ? failure.kind : undefined);
