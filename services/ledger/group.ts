import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import { holdsPersonal, subjectsOf, type Draft } from '../../shared/events/codec.js';
import type { NewEvent, StoreFailure } from '../../shared/event-store/port.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import type { LedgerAnswer } from './answers.js';
import type { Receipt } from './recorded-commands.js';
import { answer, type Waiting } from './waiting.js';

/** A command that was decided behind this group's events: answered once they are stored, decided again if they are undone. */
export interface Decided {
  readonly waiting: Waiting;
  /** How many of the group's events are its own; none for a refusal or a repeat. */
  readonly events: number;
  /** Made when the group's position is known. */
  readonly answer: (position: bigint) => LedgerAnswer;
}

export type GroupOutcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'stored'; readonly position: bigint }
  | { readonly kind: 'failed'; readonly failure: StoreFailure | Error; readonly sealing: boolean };

interface Pending {
  readonly commandId: string;
  readonly index: number;
  readonly event: LedgerEvent;
  readonly metadata: EventMetadata;
}

/** What goes to the log in one append: the events of the commands that had gathered, and everybody who waits for them. */
export class Group {
  readonly receipt: Receipt = { position: undefined };
  readonly decided: Decided[] = [];
  outcome: GroupOutcome = { kind: 'pending' };
  /** Ready for the store; made once, so that every try sends the same bytes. */
  sealed: NewEvent[] | undefined;
  /** Whether nothing unstored stood before it when it was last sent: only then is a wrong version somebody else's doing. */
  sentAsOldest = false;
  bytes = 0;
  readonly #pending: Pending[] = [];

  /** @param mark the journal's mark before the group's first event. */
  constructor(readonly firstRevision: number, readonly mark: number) {}

  get size(): number {
    return this.#pending.length;
  }

  get lastRevision(): number {
    return this.firstRevision + this.#pending.length - 1;
  }

  get events(): readonly LedgerEvent[] {
    return this.#pending.map(({ event }) => event);
  }

  /** Revision of the event. */
  add(commandId: string, index: number, event: LedgerEvent, metadata: EventMetadata, bytes: number): number {
    this.#pending.push({ commandId, index, event, metadata });
    this.bytes += bytes;
    return this.lastRevision;
  }

  /** The group is stored: everybody who waited for it is answered, in the order of deciding. */
  answerAll(position: bigint): void {
    for (const { waiting, answer: answerAt } of this.decided) if (!waiting.answered) answer(waiting, answerAt(position));
  }

  drafts(): Draft[] {
    const groupEnd = this.lastRevision;
    return this.#pending.map(({ commandId, index, event, metadata }, at) => ({
      id: eventIdOf(commandId, index),
      event,
      metadata: this.firstRevision + at === groupEnd ? metadata : { ...metadata, groupEnd },
    }));
  }

  /** Commands with a text to be sealed under this subject's key, or under anybody's; by the id that they were sent with. */
  commandsWithText(subject?: string): Set<string> {
    const found = this.#pending.filter(({ event }) => (subject === undefined ? holdsPersonal(event) : subjectsOf(event).has(subject)));
    return new Set(found.flatMap(({ commandId, metadata }) => [commandId, metadata.$causationId]));
  }

  /** Last event of each command, for the index. */
  *commands(): Generator<{ commandId: string; revision: number }> {
    for (let at = 0; at < this.#pending.length; at++)
      if (this.#pending[at + 1]?.commandId !== this.#pending[at]!.commandId) yield { commandId: this.#pending[at]!.commandId, revision: this.firstRevision + at };
  }
}
