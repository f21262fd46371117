import { checkSealed } from '../../shared/events/boundary.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import { definitionsByType } from '../../shared/events/registry.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { CommandCheck } from './check-commands.js';
import type { Finding } from './finding.js';

/**
 * Checks the log as a log, event by event in log order: positions rise, every stream's revisions are dense, every event is of a known type
 * and has its published shape, and every command wrote its events once, under the ids that follow from it. Memory: about 32 bytes for each stream.
 */
export class LogCheck {
  private position = -1n;
  private readonly names = new StreamNames();
  /** How many events a stream has had, which is the revision that comes next. */
  private readonly next = new NumberColumn(Float64Array);
  private readonly commands = new CommandCheck();

  get streams(): number {
    return this.names.count;
  }

  check(stored: StoredEvent): Finding[] {
    const findings: Finding[] = [];
    const tell = (code: string, detail: string): void => void findings.push({ code, where: `${stored.stream}/${stored.revision}`, detail });
    if (stored.position <= this.position) tell('log_order', `position ${stored.position} after ${this.position}`);
    this.position = stored.position;
    const stream = this.names.numberOf(stored.stream);
    const [revision, expected] = [Number(stored.revision), this.next.get(stream)];
    if (revision !== expected) tell('log_gap', `expected revision ${expected}`);
    this.next.set(stream, revision + 1);

    const version = (stored.metadata as Partial<EventMetadata> | undefined)?.schemaVersion;
    if (!definitionsByType.has(stored.type) || version === undefined) tell('event_unknown', `type ${stored.type}, version ${version}`);
    else {
      for (const fault of checkSealed(stored.type, version, stored.data, stored.metadata)) tell('event_shape', fault);
      this.commands.check(stored, stream, tell);
    }
    return findings;
  }
}

const UUID_LENGTH = 36;

/** Numbers for streams, in the order they come. A record's stream is named by its kind and its id, so that only ids take memory. */
class StreamNames {
  private readonly idsOf = new Map<string, { readonly ids: KeyTable; readonly numbers: NumberColumn }>();
  count = 0;

  numberOf(stream: string): number {
    const kind = stream.slice(0, -UUID_LENGTH);
    let known = this.idsOf.get(kind);
    if (!known) this.idsOf.set(kind, (known = { ids: new KeyTable(), numbers: new NumberColumn(Int32Array) }));
    const { ids, numbers } = known;
    const slot = ids.find(stream.slice(kind.length));
    if (slot >= 0) return numbers.get(slot);
    numbers.set(ids.slotOf(stream.slice(kind.length)), this.count);
    return this.count++;
  }
}
