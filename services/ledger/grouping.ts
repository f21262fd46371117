import type { LedgerCommand } from './commands.js';
import { Deciding } from './deciding.js';
import { Group } from './group.js';
import type { Intake } from './intake.js';
import { PIPELINED_EVENTS } from './ledger-config.js';
import type { ShardParts } from './shard-parts.js';
import { RecordingClock } from './recording-clock.js';
import type { Loaded } from './starting.js';
import { systemContext } from './system-context.js';

/** Decides what is ready, in order, into the next group. */
export class Grouping {
  readonly clock: RecordingClock;
  readonly #deciding: Deciding;
  readonly #limits: { maxGroupEvents: number; readonly maxGroupBytes: number };
  #claimDue: boolean;

  constructor(private readonly parts: Pick<ShardParts, 'config' | 'clock' | 'ids' | 'logger'>, private readonly loaded: Loaded, private readonly intake: Intake) {
    const { maxGroupEvents, maxGroupBytes, groupsInFlight } = parts.config;
    this.clock = new RecordingClock(parts.clock, loaded.recordedAt);
    this.#limits = { maxGroupEvents, maxGroupBytes };
    this.#deciding = new Deciding(loaded.state, loaded.recorded, this.#limits, parts.logger);
    this.#claimDue = groupsInFlight > 1 && loaded.revision >= 0;
  }

  /** Empty where everything that was ready is a refusal or a repeat. */
  next(firstRevision: number): Group {
    const group = new Group(firstRevision, this.loaded.state.journal.mark());
    if (this.#claimDue) this.#claim(group);
    else this.#fill(group);
    return group;
  }

  /** Another writer was here or may have been: with groups in flight behind one another the stream is claimed before anything else. */
  claimAgain(): void {
    this.#claimDue = this.parts.config.groupsInFlight > 1;
  }

  /** The store refused a group of so many events as too large. */
  tooLarge(events: number): void {
    this.#limits.maxGroupEvents = Math.max(1, Math.floor(events / 2));
  }

  #fill(group: Group): void {
    const now = this.clock.read();
    for (let waiting = this.intake.next; waiting && group.size < this.#limits.maxGroupEvents; waiting = this.intake.next) {
      const outcome = waiting.answered ? 'taken' : this.#deciding.take(waiting, group, now);
      if (outcome === 'full') return;
      if (outcome === 'stale') return this.intake.lookAgain();
      this.intake.shift();
    }
  }

  /** A group of its own: nothing may go with it, nor behind it before it is stored. Nobody waits for it. */
  #claim(group: Group): void {
    this.#claimDue = false;
    const command: LedgerCommand = { kind: 'claim', parts: PIPELINED_EVENTS + 1 };
    const context = systemContext(this.parts.ids());
    this.#deciding.take({ command, context, resolve: () => {}, deadline: Infinity, answered: true, lookup: undefined }, group, this.clock.read());
  }
}
