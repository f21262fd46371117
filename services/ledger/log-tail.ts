import type { Codec } from '../../shared/events/codec.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { evolve } from './evolve.js';
import type { IndexedCommand } from './index-port.js';
import type { Receipt, RecordedCommands } from './recorded-commands.js';
import type { LedgerState } from './state.js';

const PAGE = 500;

export interface TailTarget {
  readonly state: LedgerState;
  readonly recorded: RecordedCommands;
  /** Told of every command, in order, as soon as its whole append was seen. */
  readonly command?: (command: IndexedCommand) => void;
}

export interface TailSource {
  readonly stream: string;
  readonly eventStore: EventStore;
  readonly codec: Codec;
}

/** Brings a shard's stream into state and memory, from a revision on; after a failed read it goes on where it was. */
export class TailReader {
  #last: number;
  #recordedAt = 0;
  #receipt: Receipt = { position: undefined };
  #commands: IndexedCommand[] = [];

  /** @param appliedThrough events up to here are in the state already (a snapshot has them) and are only remembered. */
  constructor(private readonly source: TailSource, private readonly target: TailTarget, from: number, private readonly appliedThrough: number) {
    this.#last = from - 1;
  }

  /** Of the last event read. */
  get last(): number {
    return this.#last;
  }

  /** Milliseconds since 1970, of the last event read; 0 before the first. */
  get recordedAt(): number {
    return this.#recordedAt;
  }

  async readToEnd(): Promise<void> {
    let page: StoredEvent[] = [];
    try {
      for await (const event of this.source.eventStore.readStream(this.source.stream, { from: BigInt(this.#last + 1) })) {
        page.push(event);
        if (page.length === PAGE) {
          await this.#apply(page);
          page = [];
        }
      }
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    await this.#apply(page);
  }

  async #apply(page: readonly StoredEvent[]): Promise<void> {
    const { state, recorded } = this.target;
    for (const { event, metadata, revision, position } of await this.source.codec.read(page, { open: false })) {
      const at = Number(revision);
      if (at !== this.#last + 1) throw new Error(`revision ${at} follows ${this.#last} in ${this.source.stream}`);
      const ledgerEvent = event as LedgerEvent;
      if (at > this.appliedThrough) evolve(state, ledgerEvent);
      const accountNumber = ledgerEvent.type === 'AccountOpened' && ledgerEvent.data.kind === 'customer' ? ledgerEvent.data.accountNumber : undefined;
      const { commandId, commandHash, groupEnd, recordedAt } = metadata;
      recorded.restore(commandId, { hash: commandHash, revision: at, receipt: this.#receipt, accountNumber });
      if (this.#commands.at(-1)?.commandId === commandId) this.#commands.pop();
      this.#commands.push({ commandId, revision: at });
      if ((groupEnd ?? at) === at) this.#endOfAppend(position);
      this.#last = at;
      this.#recordedAt = Date.parse(recordedAt);
    }
    state.journal.forgetTo(state.journal.mark());
  }

  #endOfAppend(position: bigint): void {
    this.#receipt.position = position;
    this.#receipt = { position: undefined };
    for (const command of this.#commands) this.target.command?.(command);
    this.#commands = [];
  }
}

/** The stream's last revision, -1 where it does not exist. */
export async function lastRevision(source: Pick<TailSource, 'stream' | 'eventStore'>): Promise<number> {
  const [newest] = await take(source, { direction: 'backwards', limit: 1 });
  return newest ? Number(newest.revision) : -1;
}

/** Names the log: its first event's id. Snapshots and indexes of another log are not used. */
export async function logIdOf(source: Pick<TailSource, 'stream' | 'eventStore'>): Promise<string | undefined> {
  return (await take(source, { from: 0n, limit: 1 }))[0]?.id;
}

async function take({ stream, eventStore }: Pick<TailSource, 'stream' | 'eventStore'>, read: { from?: bigint; direction?: 'backwards'; limit: number }): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  try {
    for await (const event of eventStore.readStream(stream, read)) events.push(event);
  } catch (error) {
    if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
  }
  return events;
}
