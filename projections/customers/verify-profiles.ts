import { open, type Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { createCodec, UnreadableEvent, type Codec } from '../../shared/events/codec.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import { NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import {
  compareRow, inBatches, jsonText, missingRow, readRows, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier,
} from '../../shared/read-store/verify.js';
import type { SearchTerms } from './search-terms.js';
import { rowBinding } from './tables.js';
import { toldRow } from './told-customer.js';

const customersTable: VerifiedTable = {
  projection: 'customers',
  table: 'customers.customers',
  key: ['id'],
  columns: {
    id: 'uuid', revision: 'bigint', kind: 'text', status: 'text', restricted: 'boolean', erasing: 'boolean', backup_until: 'date', identity_verified: 'jsonb',
    merged_into: 'uuid', merged_ids: 'uuid[]', merging: 'boolean', branch: 'text', manager: 'text', birth_year: 'smallint', sex: 'text', city_code: 'text', income_band: 'text', risk_level: 'text',
    registered_at: 'timestamptz', updated_at: 'timestamptz', profile: 'jsonb', sealed_revision: 'bigint', terms: 'bigint[]',
  },
};
/** So many customers' streams are read side by side. */
const BATCH = 64;

export interface ProfilesVerification {
  readonly read: ReadRows;
  readonly vault: Vault;
  readonly terms: SearchTerms;
  readonly eventsOf: (stream: string) => AsyncIterable<StoredEvent>;
}

/**
 * From the log only who was registered is kept, 24 bytes each. Every row is then compared with what its customer's own stream, read and opened
 * again, makes it; its envelope is opened as well, so a profile sealed wrongly, or under another row, is found too.
 */
export function profilesVerifier({ read, vault, terms, eventsOf }: ProfilesVerification): Verifier {
  const codec = createCodec(vault);
  const registered = new KeyTable();
  const met = new NumberColumn(Uint8Array);

  async function* compare(rows: readonly TextRow[]): AsyncGenerator<Difference> {
    const streams = await Promise.all(rows.map(async ({ id }) => (registered.find(id!) < 0 ? [] : allOf(eventsOf(`customer-${id}`)))));
    const opened = await openAll(codec, streams.flat());
    const keys = await vault.keysById(rows.flatMap(({ profile }) => (profile == null ? [] : [envelopeIn(profile).keyId])));
    let at = 0;
    for (const [index, row] of rows.entries()) {
      const slot = registered.find(row['id']!);
      if (slot >= 0) met.set(slot, 1);
      const events = opened.slice(at, (at += streams[index]!.length));
      const unreadable = events.find((event) => event instanceof UnreadableEvent);
      if (unreadable) yield { ...missingRow(customersTable, row['id']!), kind: 'changed', column: 'profile', expected: unreadable.message, found: 'not compared' };
      else yield* compareRow(customersTable, toldRow(events as Recorded[], terms), openedRow(row, keys));
    }
  }

  return {
    take({ event }) {
      if (event.type === 'CustomerRegistered') registered.add((event as CustomerEvent).data.customerId);
      return undefined;
    },
    async *finish() {
      for await (const rows of inBatches(readRows(read, customersTable), BATCH)) yield* compare(rows);
      for (const slot of registered.slots()) if (met.get(slot) === 0) yield missingRow(customersTable, registered.keyOf(slot));
    },
  };
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Opens them in one question to the vault; where one cannot be read, it stands for itself. */
async function openAll(codec: Codec, stored: readonly StoredEvent[]): Promise<(Recorded | UnreadableEvent)[]> {
  try {
    return await codec.read(stored, { open: true });
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    if (stored.length === 1) return [error];
    return (await Promise.all(stored.map((one) => openAll(codec, [one])))).flat();
  }
}

const envelopeIn = (profile: string): Envelope => JSON.parse(profile) as Envelope;

/** The row with its profile opened in the place of the envelope; one that does not open says so. */
const openedRow = (row: TextRow, keys: ReadonlyMap<string, Buffer>): TextRow =>
  ({ ...row, profile: row['profile'] == null ? null : openedText(envelopeIn(row['profile']), keys, rowBinding(row['id']!, row['sealed_revision']!)) });

function openedText(envelope: Envelope, keys: ReadonlyMap<string, Buffer>, binding: string): string {
  const key = keys.get(envelope.keyId);
  if (!key) return 'a sealed profile whose key is gone';
  try {
    return jsonText(open(envelope, key, binding));
  } catch {
    return 'an envelope that does not open';
  }
}
