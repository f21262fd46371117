import { open } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { bindingOf } from '../../shared/events/codec.js';
import { swapPersonal } from '../../shared/events/personal-fields.js';
import { isEnvelope, type Path } from '../../shared/events/personal.js';
import { definitionsByType } from '../../shared/events/registry.js';
import type { Envelope } from '../../shared/crypto/envelope.js';
import type { OpenedField, Place, Unsealed } from './bodies.js';

/** What is opened for other programs: texts on customers and their money, and what is known of customers. Staff, sign-in, held requests and identity claims are not. */
const MODULES = new Set(['customers', 'ledger']);
const KINDS: Readonly<Record<string, 'text' | 'profile' | 'change'>> = { memo: 'text', reason: 'text', profile: 'profile', update: 'change', decision: 'change' };

interface SealedField {
  readonly event: StoredEvent;
  readonly pointer: string;
  readonly customerId: string | undefined;
  readonly envelope: Envelope;
  readonly kind: 'text' | 'profile' | 'change' | undefined;
}

/** Opens personal fields of events as they stand in the log; what was sent in their place is not looked at. `mayProcess`: whether a customer's data may be shown to who asks. */
export async function unseal({ store, vault }: { readonly store: EventStore; readonly vault: Vault }, places: readonly Place[], mayProcess: (customerId: string) => Promise<boolean>): Promise<Unsealed[]> {
  const events = await Promise.all(places.map((place) => eventAt(store, place)));
  const fields = events.map((event) => (event === undefined ? [] : sealedFields(event)));
  const subjects = [...new Set(fields.flat().flatMap(({ customerId, kind }) => (customerId === undefined || kind === undefined ? [] : [customerId])))];
  const barred = new Set((await Promise.all(subjects.map(async (id) => ((await mayProcess(id)) ? [] : [id])))).flat());
  const keyIds = [...new Set(fields.flat().filter(({ kind }) => kind !== undefined).map(({ envelope }) => envelope.keyId))];
  const keys = keyIds.length > 0 ? await vault.keysById(keyIds) : new Map<string, Buffer>();
  return places.map(({ stream, revision }, index) => {
    const event = events[index];
    return { stream, revision, ...(event && { eventId: event.id, type: event.type }), fields: fields[index]!.map((field) => openedField(field, keys, barred)) };
  });
}

async function eventAt(store: EventStore, { stream, revision }: Place): Promise<StoredEvent | undefined> {
  try {
    for await (const event of store.readStream(stream, { from: BigInt(revision), limit: 1 })) if (event.revision === BigInt(revision)) return event;
  } catch (error) {
    if (!(error instanceof StoreFailure && (error.kind === 'stream-not-found' || error.kind === 'stream-tombstoned'))) throw error;
  }
  return undefined;
}

/** By the version that it was stored in; an event that this program does not know shows nothing. */
function sealedFields(event: StoredEvent): SealedField[] {
  const definition = definitionsByType.get(event.type);
  const version = definition?.versions[(event.metadata as { schemaVersion: number }).schemaVersion - 1];
  if (definition === undefined || version === undefined) return [];
  const found: SealedField[] = [];
  for (const path of version.personalPaths)
    swapPersonal(event.data, path, (value, { customerId }, pointer) => {
      if (isEnvelope(value)) found.push({ event, pointer, customerId: typeof customerId === 'string' ? customerId : undefined, envelope: value, kind: kindOf(definition.module, path) });
      return value;
    });
  return found;
}

const kindOf = (module: string, path: Path): SealedField['kind'] => (MODULES.has(module) ? KINDS[path.at(-1)!] : undefined);

function openedField({ event, pointer, customerId, envelope, kind }: SealedField, keys: ReadonlyMap<string, Buffer>, barred: ReadonlySet<string>): OpenedField {
  const where = { pointer, ...(customerId !== undefined && { customerId }) };
  if (kind === undefined || (customerId !== undefined && barred.has(customerId))) return { kind: 'withheld', ...where };
  const key = keys.get(envelope.keyId);
  if (key === undefined) return { kind: 'erased', ...where };
  const value = open(envelope, key, bindingOf(event.id, pointer));
  switch (kind) {
    case 'text':
      return { kind, ...where, text: value as string };
    case 'profile':
      return { kind, ...where, profile: value } as OpenedField;
    case 'change':
      return { kind, ...where, ...(value as object) };
  }
}
