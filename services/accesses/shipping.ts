import { AccessesRecorded, accessSchema, type AccessLogEvent, type RecordedAccess } from '../../shared/events/accesses/events.js';
import type { Codec } from '../../shared/events/codec.js';
import { StoreFailure, type EventStore } from '../../shared/event-store/port.js';
import { createdIdOf, eventIdOf } from '../../shared/kernel/ids.js';
import { SpoolReader } from './spool-reader.js';

export const streamOf = (spool: string): string => `accesses-${spool}`;

const MOST_ACCESSES = 1_000;

export interface ShipperOptions {
  readonly store: EventStore;
  readonly codec: Codec;
  readonly spool: string;
  readonly folder: string;
  readonly onShipped?: (bytes: number, accesses: number) => void;
  /** Told of lines that are none. */
  readonly onUnreadable?: (error: unknown) => void;
}

/**
 * Carries a spool's lines into its stream, each exactly once: the last number that the stream has says where to go on, and each append names the revision it was
 * decided on. A group that was sent, lost its answer and lands late lets the next one fail; then the stream is asked again.
 */
export class Shipper {
  readonly #reader: SpoolReader;
  #end: { revision: bigint; number: number } | undefined;

  constructor(private readonly options: ShipperOptions) {
    this.#reader = new SpoolReader(options.folder);
  }

  /** To the spool's present end. Throws what the store or the file system says; to be called again. */
  async ship(): Promise<void> {
    for (let batch = await this.#reader.next(); batch; batch = await this.#reader.next()) {
      const accesses = batch.lines.flatMap((line) => this.#accessOf(line));
      let shipped = 0;
      for (let from = 0; from < accesses.length; from += MOST_ACCESSES) shipped += await this.#append(accesses.slice(from, from + MOST_ACCESSES));
      this.#reader.taken();
      this.options.onShipped?.(batch.bytes, shipped);
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #append(group: readonly RecordedAccess[]): Promise<number> {
    for (;;) {
      const { revision, number } = (this.#end ??= await this.#storedEnd());
      const accesses = group.filter((access) => access.number > number);
      if (accesses.length === 0) return 0;
      try {
        const sealed = await this.options.codec.seal([draftOf(this.options.spool, accesses)]);
        const appended = await this.options.store.append(streamOf(this.options.spool), sealed, revision < 0n ? 'no-stream' : revision);
        this.#end = { revision: appended.revision, number: accesses.at(-1)!.number };
        return accesses.length;
      } catch (error) {
        this.#end = undefined;
        if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version')) throw error;
      }
    }
  }

  async #storedEnd(): Promise<{ revision: bigint; number: number }> {
    try {
      for await (const last of this.options.store.readStream(streamOf(this.options.spool), { direction: 'backwards', limit: 1 }))
        return { revision: last.revision, number: (last.data as AccessLogEvent['data']).accesses.at(-1)!.number };
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    return { revision: -1n, number: 0 };
  }

  #accessOf(line: string): RecordedAccess[] {
    try {
      return [accessSchema.parse(JSON.parse(line))];
    } catch (error) {
      this.options.onUnreadable?.(error);
      return [];
    }
  }
}

/** The same group always gives the same event. */
function draftOf(spool: string, accesses: readonly RecordedAccess[]) {
  const commandId = createdIdOf(spool, String(accesses[0]!.number));
  return {
    id: eventIdOf(commandId, 0),
    event: { type: AccessesRecorded.type, data: { spool, accesses } },
    metadata: {
      commandId, $correlationId: commandId, $causationId: commandId, actor: { id: 'passbook', role: 'system', channel: 'system' }, schemaVersion: 1, recordedAt: accesses.at(-1)!.at,
    },
  };
}
