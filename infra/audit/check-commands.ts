import { validate } from 'uuid';
import { CustomerIdentityClaimed } from '../../shared/events/customers/events.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { NumberColumn } from '../../shared/kernel/columns.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import { KeyTable } from '../../shared/kernel/key-table.js';

/**
 * A command's events stand side by side in one append of one stream, and their ids derive from the command's: what was written twice
 * shows as a command that comes back. A claim of an identity is not a command's effect but its preparation, and may be made again.
 * Memory: about 28 bytes for each command, 8 for each stream. Streams go by the slots that the log's check gave them.
 */
export class CommandCheck {
  private readonly commands = new KeyTable();
  /** The stream that a command wrote to first. */
  private readonly streamOf = new NumberColumn(Int32Array);
  /** Further streams that it wrote to: `stream command`. */
  private readonly elsewhere = new Set<string>();
  /** A stream's last command (its slot + 1) and how many events it has had. */
  private readonly last = new NumberColumn(Int32Array);
  private readonly events = new NumberColumn(Int32Array);

  check({ id, type, metadata }: StoredEvent, stream: number, tell: (code: string, detail: string) => void): void {
    if (type === CustomerIdentityClaimed.type) return;
    const { commandId } = metadata as EventMetadata;
    if (!validate(commandId)) return; // Its shape says so already.
    const known = this.commands.find(commandId);
    const isNext = known >= 0 && this.last.get(stream) === known + 1;
    const index = isNext ? this.events.get(stream) : 0;
    if (id !== eventIdOf(commandId, index)) tell('event_id', `id ${id} is not that of event ${index} of command ${commandId}`);
    if (!isNext && this.wroteBefore(known, stream)) tell('command_twice', `command ${commandId} wrote to this stream before`);
    const slot = known >= 0 ? known : this.commands.slotOf(commandId);
    if (known < 0) this.streamOf.set(slot, stream);
    this.last.set(stream, slot + 1);
    this.events.set(stream, index + 1);
  }

  private wroteBefore(command: number, stream: number): boolean {
    if (command < 0) return false;
    if (this.streamOf.get(command) === stream) return true;
    const before = this.elsewhere.size;
    return this.elsewhere.add(`${stream} ${command}`).size === before;
  }
}
