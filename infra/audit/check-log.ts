import { checkSealed } from '../../shared/events/boundary.js';
import { CustomerIdentityClaimed } from '../../shared/events/customers/events.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import { definitionsByType } from '../../shared/events/registry.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import type { Finding } from './finding.js';

/**
 * Checks the log as a log, event by event in log order: positions rise, every stream's revisions are dense, every event is of a known type
 * and has its published shape, and every command wrote its events once, under the ids that follow from it.
 */
export class LogCheck {
  private position = -1n;
  private readonly revisions = new Map<string, bigint>();
  private readonly commands = new CommandCheck();

  get streams(): number {
    return this.revisions.size;
  }

  *check(stored: StoredEvent): Iterable<Finding> {
    const where = `${stored.stream}/${stored.revision}`;
    if (stored.position <= this.position) yield { code: 'log_order', where, detail: `position ${stored.position} after ${this.position}` };
    this.position = stored.position;
    const expected = (this.revisions.get(stored.stream) ?? -1n) + 1n;
    if (stored.revision !== expected) yield { code: 'log_gap', where, detail: `expected revision ${expected}` };
    this.revisions.set(stored.stream, stored.revision);

    const version = (stored.metadata as Partial<EventMetadata> | undefined)?.schemaVersion;
    if (!definitionsByType.has(stored.type) || version === undefined) {
      yield { code: 'event_unknown', where, detail: `type ${stored.type}, version ${version}` };
      return;
    }
    for (const fault of checkSealed(stored.type, version, stored.data, stored.metadata)) yield { code: 'event_shape', where, detail: fault };
    yield* this.commands.check(stored, where);
  }
}

/**
 * A command's events stand side by side in one append of one stream, and their ids derive from the command's: what was written twice
 * shows as a command that comes back. A claim of an identity is not a command's effect but its preparation, and may be made again.
 */
class CommandCheck {
  private readonly last = new Map<string, { commandId: string; index: number }>();
  private readonly firstIds = new Set<string>();

  *check(stored: StoredEvent, where: string): Iterable<Finding> {
    if (stored.type === CustomerIdentityClaimed.type) return;
    const { commandId } = stored.metadata as EventMetadata;
    const last = this.last.get(stored.stream);
    const index = last?.commandId === commandId ? last.index + 1 : 0;
    this.last.set(stored.stream, { commandId, index });
    if (stored.id !== eventIdOf(commandId, index)) yield { code: 'event_id', where, detail: `id ${stored.id} is not that of event ${index} of command ${commandId}` };
    const first = `${stored.stream} ${commandId}`;
    if (index === 0 && this.firstIds.has(first)) yield { code: 'command_twice', where, detail: `command ${commandId} wrote to this stream before` };
    if (index === 0) this.firstIds.add(first);
  }
}
