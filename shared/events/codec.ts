import { open, seal, type Envelope } from '../crypto/envelope.js';
import type { Vault } from '../crypto/vault.js';
import type { NewEvent, StoredEvent } from '../event-store/port.js';
import type { EventDefinition, EventMetadata, Recorded } from './definition.js';
import { metadataSchema } from './definition.js';
import { readable, type Path } from './personal.js';
import { definitionsByType } from './registry.js';

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
   * envelopes. An event that this program does not know or cannot read throws Unreadable.
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

export function createCodec(vault: Vault): Codec {
  return {
    async seal(drafts) {
      const subjects = new Set<string>();
      for (const { event } of drafts)
        for (const path of definitionOf(event.type).personalPaths)
          visit(event.data, path, (parent, key) => {
            if (readable(parent[key])) subjects.add(subjectOf(parent, event.type));
          });
      const keys = subjects.size > 0 ? await vault.keysOf([...subjects]) : new Map();
      return drafts.map(({ id, event, metadata }) => {
        const definition = definitionOf(event.type);
        const data = definition.personalPaths.length > 0 ? structuredClone(event.data) : event.data;
        for (const path of definition.personalPaths)
          visit(data, path, (parent, key, pointer) => {
            if (readable(parent[key])) parent[key] = seal(parent[key], keys.get(subjectOf(parent, event.type))!, bindingOf(id, pointer));
          });
        return { id, type: event.type, data, metadata: { ...metadata, schemaVersion: definition.version } };
      });
    },

    async read(stored, options) {
      const keyIds = new Set<string>();
      if (options.open)
        for (const event of stored) for (const path of sealedPaths(event)) visit(event.data, path, (parent, key) => keyIds.add((parent[key] as Envelope).keyId));
      const keys = keyIds.size > 0 ? await vault.keysById([...keyIds]) : new Map<string, Buffer>();
      return stored.map((event) => readOne(event, options.open ? keys : undefined));
    },
  };
}

function readOne(stored: StoredEvent, keys: ReadonlyMap<string, Buffer> | undefined): Recorded {
  const definition = definitionsByType.get(stored.type);
  if (!definition) throw new UnreadableEvent(stored, 'unknown event type');
  const metadata = stored.metadata as EventMetadata;
  const version = metadata?.schemaVersion;
  if (!Number.isInteger(version) || version < 1) throw new UnreadableEvent(stored, 'no schema version', metadataSchema.safeParse(metadata).error);
  if (version > definition.version) throw new UnreadableEvent(stored, `schema version ${version} is newer than this program's ${definition.version}`);
  let data = stored.data as Record<string, unknown>;
  const paths = sealedPaths(stored);
  if (keys && paths.length > 0) {
    data = structuredClone(data);
    for (const path of paths)
      visit(data, path, (parent, key, pointer) => {
        const envelope = parent[key] as Envelope;
        const subjectKey = keys.get(envelope.keyId);
        try {
          parent[key] = subjectKey ? open(envelope, subjectKey, bindingOf(stored.id, pointer)) : 'erased';
        } catch (cause) {
          throw new UnreadableEvent(stored, `the envelope at ${pointer} does not open`, cause);
        }
      });
  }
  for (let from = version; from < definition.version; from++) data = definition.upcasters[from]!(data);
  return { id: stored.id, stream: stored.stream, revision: stored.revision, position: stored.position, event: { type: stored.type, data }, metadata };
}

function definitionOf(type: string): EventDefinition {
  const definition = definitionsByType.get(type);
  if (!definition) throw new Error(`event type ${type} is not in the registry`);
  return definition;
}

/** Paths are the newest schema's; an upcaster that moves a personal field keeps the old path in `personalPathsBefore` when that day comes. */
const sealedPaths = (event: Pick<StoredEvent, 'type'>): readonly Path[] => definitionsByType.get(event.type)?.personalPaths ?? [];

/** An envelope opens only in the event and at the place it was sealed for. */
export const bindingOf = (eventId: string, pointer: string): string => `${eventId}${pointer}`;

function subjectOf(parent: Record<string, unknown>, type: string): string {
  const subject = parent['customerId'];
  if (typeof subject !== 'string') throw new Error(`${type}: a personal field without customerId beside it`);
  return subject;
}

function visit(node: unknown, path: Path, leaf: (parent: Record<string, unknown>, key: string, pointer: string) => void, pointer = ''): void {
  if (typeof node !== 'object' || node === null) return;
  const [step, ...rest] = path;
  if (step === '*') (node as unknown[]).forEach((child, index) => visit(child, rest, leaf, `${pointer}/${index}`));
  else if (rest.length > 0) visit((node as Record<string, unknown>)[step!], rest, leaf, `${pointer}/${step}`);
  else if ((node as Record<string, unknown>)[step!] !== undefined) leaf(node as Record<string, unknown>, step!, `${pointer}/${step}`);
}
