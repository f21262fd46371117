import { open, seal } from '../crypto/envelope.js';
import { HOUSE, type SubjectKey, type Vault } from '../crypto/vault.js';
import type { NewEvent, StoredEvent } from '../event-store/port.js';
import type { EventDefinition, EventMetadata, EventVersion, Recorded } from './definition.js';
import { swapPersonal, visitPersonal } from './personal-fields.js';
import { isEnvelope, SUBJECT_FIELDS, type Path } from './personal.js';
import { definitionsByType } from './registry.js';
import { assertKeepable } from './time-fields.js';

/** An event about to be stored. `id` binds its envelopes, so it must be final. */
export interface Draft {
  readonly id: string;
  readonly event: { readonly type: string; readonly data: object };
  readonly metadata: EventMetadata;
}

export interface Codec {
  /** Open form in, sealed form out. Throws SubjectErased when a subject's key is gone. */
  seal(drafts: readonly Draft[]): Promise<NewEvent[]>;
  /**
   * Stored events in, newest version out. With `open` the personal fields are opened ('erased' where the key is gone); without, they stay
   * envelopes. An event that this program does not know or cannot read throws UnreadableEvent.
   */
  read(stored: readonly StoredEvent[], options: { readonly open: boolean }): Promise<Recorded[]>;
}

/** A stored event that cannot be understood: parked by projectors, reported by `verify`. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(readonly stored: Pick<StoredEvent, 'stream' | 'revision' | 'type'>, why: string, cause?: unknown) {
    super(`${stored.type} at ${stored.stream}/${stored.revision}: ${why}`, { cause });
  }
}

/** An envelope opens only in the event and at the place (RFC 6901 pointer) it was sealed for. */
export const bindingOf = (eventId: string, pointer: string): string => `${eventId}${pointer}`;

export function createCodec(vault: Vault, definitions: ReadonlyMap<string, EventDefinition> = definitionsByType): Codec {
  return {
    async seal(drafts) {
      const subjects = new Set<string>();
      for (const { event } of drafts) addSubjects(subjects, event, definitionOf(event.type, definitions));
      const keys = subjects.size > 0 ? await vault.keysOf([...subjects]) : NO_KEYS;
      return drafts.map((draft) => sealOne(draft, definitionOf(draft.event.type, definitions), keys));
    },

    async read(stored, options) {
      const versions = stored.map((event) => versionOf(event, definitions));
      if (!options.open) return stored.map((event, index) => recorded(event, versions[index]!, event.data));
      const keyIds = new Set<string>();
      for (const [index, event] of stored.entries())
        for (const path of versions[index]!.personalPaths) visitPersonal(event.data, path, (value) => isEnvelope(value) && keyIds.add(value.keyId));
      const keys = keyIds.size > 0 ? await vault.keysById([...keyIds]) : NO_OPENING_KEYS;
      return stored.map((event, index) => recorded(event, versions[index]!, opened(event, versions[index]!, keys)));
    },
  };

  function recorded(stored: StoredEvent, version: EventVersion, data: unknown): Recorded {
    const { id, type, stream, revision, position } = stored;
    return { id, stream, revision, position, event: { type, data: version.upcast ? upcast(stored, data, definitionOf(type, definitions)) : data }, metadata: stored.metadata as EventMetadata };
  }
}

function sealOne({ id, event, metadata }: Draft, definition: EventDefinition, keys: ReadonlyMap<string, SubjectKey>): NewEvent {
  assertKeepable(event.type, event.data, metadata, definition.timePaths);
  let data: unknown = event.data;
  if (keys.size > 0)
    for (const path of definition.personalPaths)
      data = swapPersonal(data, path, (value, parent, pointer) => {
        // Bound to the event it was read from, it would never open again in this one.
        if (isEnvelope(value)) throw new Error(`${event.type}: ${pointer} holds an envelope; what is stored must be open`);
        return seal(value, keys.get(subjectOf(parent, path, definition))!, bindingOf(id, pointer));
      });
  const { version } = definition;
  return { id, type: event.type, data: data as object, metadata: metadata.schemaVersion === version ? metadata : { ...metadata, schemaVersion: version } };
}

const opened = (stored: StoredEvent, { personalPaths }: EventVersion, keys: ReadonlyMap<string, Buffer>): unknown =>
  personalPaths.reduce<unknown>((data, path) => swapPersonal(data, path, (value, _, pointer) => openedValue(stored, value, pointer, keys)), stored.data);

function openedValue(stored: StoredEvent, value: unknown, pointer: string, keys: ReadonlyMap<string, Buffer>): unknown {
  if (!isEnvelope(value)) throw new UnreadableEvent(stored, `no envelope at ${pointer}`);
  const key = keys.get(value.keyId);
  if (!key) return 'erased';
  try {
    return open(value, key, bindingOf(stored.id, pointer));
  } catch (cause) {
    throw new UnreadableEvent(stored, `the envelope at ${pointer} does not open`, cause);
  }
}

function versionOf(stored: StoredEvent, definitions: ReadonlyMap<string, EventDefinition>): EventVersion {
  const definition = definitions.get(stored.type);
  if (!definition) throw new UnreadableEvent(stored, 'unknown event type');
  const version: unknown = (stored.metadata as Partial<EventMetadata> | null)?.schemaVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) throw new UnreadableEvent(stored, 'no schema version');
  if (version > definition.version) throw new UnreadableEvent(stored, `schema version ${version} is newer than this program's ${definition.version}`);
  if (typeof stored.data !== 'object' || stored.data === null) throw new UnreadableEvent(stored, 'no data');
  return definition.versions[version - 1]!;
}

function upcast(stored: StoredEvent, data: unknown, { versions }: EventDefinition): unknown {
  try {
    return versions
      .slice((stored.metadata as EventMetadata).schemaVersion - 1)
      .reduce((older, { upcast }) => (upcast ? upcast(older) : older), data as Record<string, unknown>);
  } catch (cause) {
    throw new UnreadableEvent(stored, 'it does not come to the newest version', cause);
  }
}

function definitionOf(type: string, definitions: ReadonlyMap<string, EventDefinition>): EventDefinition {
  const definition = definitions.get(type);
  if (!definition) throw new Error(`event type ${type} is not in the registry`);
  return definition;
}

function subjectOf(parent: Record<string, unknown>, path: Path, { type, housePaths }: EventDefinition): string {
  let house = true;
  for (const field of SUBJECT_FIELDS) {
    const subject = parent[field];
    if (typeof subject === 'string') return subject;
    house &&= subject === undefined;
  }
  if (house && housePaths.has(path)) return HOUSE;
  throw new Error(`${type}: a personal field without ${SUBJECT_FIELDS.join(' or ')} beside it`);
}

/** Whether anything in the event is to be sealed. */
export function holdsPersonal({ type, data }: Draft['event'], definitions: ReadonlyMap<string, EventDefinition> = definitionsByType): boolean {
  let some = false;
  for (const path of definitionOf(type, definitions).personalPaths) visitPersonal(data, path, () => (some = true));
  return some;
}

/** Under whose keys the event's personal fields are sealed; HOUSE for what concerns nobody. */
export function subjectsOf(event: Draft['event'], definitions: ReadonlyMap<string, EventDefinition> = definitionsByType): Set<string> {
  return addSubjects(new Set(), event, definitionOf(event.type, definitions));
}

function addSubjects(subjects: Set<string>, { data }: Draft['event'], definition: EventDefinition): Set<string> {
  for (const path of definition.personalPaths) visitPersonal(data, path, (_, parent) => subjects.add(subjectOf(parent, path, definition)));
  return subjects;
}

const NO_KEYS: ReadonlyMap<string, SubjectKey> = new Map();
const NO_OPENING_KEYS: ReadonlyMap<string, Buffer> = new Map();
