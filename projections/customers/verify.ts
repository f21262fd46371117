import { open, type Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { createCodec } from '../../shared/events/codec.js';
import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { readable } from '../../shared/events/personal.js';
import { compareRows, jsonText, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable } from '../../shared/read-store/verify.js';
import { coarseOf, nothingCoarse } from './coarse.js';
import { createSearchTerms } from './search-terms.js';
import { rowBinding } from './tables.js';

const customersTable: VerifiedTable = {
  projection: 'customers',
  table: 'customers.customers',
  key: ['id'],
  columns: {
    id: 'uuid', revision: 'bigint', kind: 'text', status: 'text', branch: 'text', birth_year: 'smallint', sex: 'text', city_code: 'text', income_band: 'text', risk_level: 'text',
    registered_at: 'timestamptz', updated_at: 'timestamptz', profile: 'jsonb', sealed_revision: 'bigint', terms: 'bigint[]',
  },
};
const holdersTable: VerifiedTable = {
  projection: 'customers',
  table: 'customers.account_holders',
  key: ['account_id'],
  columns: { account_id: 'uuid', number_hash: 'bigint', product: 'text', status: 'text', owner_id: 'uuid', customer_ids: 'uuid[]' },
};

interface Expected {
  readonly id: string;
  readonly kind: string;
  branch: string | null;
  revision: bigint;
  profileRevision: bigint;
  readonly registeredAt: string;
  updatedAt: string;
  profile: Record<string, unknown> | undefined;
}

/** Events of the log up to each lane's position, sealed as they stand in it; `query` reads in one repeatable-read transaction. */
export interface VerifyCustomers {
  readonly events: AsyncIterable<Recorded>;
  readonly query: ReadRows;
  readonly vault: Vault;
}

/** Tells the customers' story a second time, opens every row's own envelope and compares: a profile sealed wrongly, or under another row, is found too. */
export async function* verifyCustomers({ events, query, vault }: VerifyCustomers): AsyncGenerator<Difference> {
  const terms = createSearchTerms(await vault.secret('search'));
  const codec = createCodec(vault);
  const customers = new Map<string, Expected>();
  const holders = new Map<string, TextRow>();
  for await (const sealed of events) {
    if (!sealed.stream.startsWith('customer-') && !sealed.stream.startsWith('ledger-')) continue;
    if (sealed.stream.startsWith('ledger-')) tellHolders(holders, sealed as Recorded<LedgerEvent>, (number) => terms.ofAccountNumber(number)[0]!);
    else {
      const stored = { ...sealed, type: sealed.event.type, data: sealed.event.data as object, created: new Date(0) };
      tellCustomer(customers, (await codec.read([stored], { open: true }))[0] as Recorded<CustomerEvent>);
    }
  }
  yield* compareRows(customersTable, customers, (one) => textOf(one, terms), openedRows(query, vault));
  yield* compareRows(holdersTable, holders, (row) => row, readRows(query, holdersTable));
}

function tellCustomer(customers: Map<string, Expected>, { event, revision, metadata }: Recorded<CustomerEvent>): void {
  const at = metadata.recordedAt;
  if (event.type === 'CustomerIdentityClaimed') return;
  const { customerId } = event.data;
  if (event.type === 'CustomerRegistered') {
    const { kind, branch, profile } = event.data;
    customers.set(customerId, {
      id: customerId, kind, branch: branch ?? null, revision, profileRevision: revision, registeredAt: at, updatedAt: at, profile: readable(profile) ? { ...profile } : undefined,
    });
    return;
  }
  const one = customers.get(customerId);
  if (!one) return;
  one.revision = revision;
  if (event.type === 'CustomerIdentityClaimLapsed') return;
  one.updatedAt = at;
  if (event.type === 'CustomerBranchAssigned') one.branch = event.data.after;
  else {
    one.profileRevision = revision;
    one.profile = readable(event.data.update) && one.profile ? withChanges(one.profile, event.data.update.changes) : undefined;
  }
}

const withChanges = (profile: Record<string, unknown>, changes: readonly FieldChange[]): Record<string, unknown> => {
  const values = new Map(Object.entries(profile));
  for (const { field, after } of changes) values.set(field, after);
  return Object.fromEntries([...values].filter(([, value]) => value !== null));
};

function tellHolders(holders: Map<string, TextRow>, { event }: Recorded<LedgerEvent>, hash: (accountNumber: string) => string): void {
  const list = (ids: (string | undefined)[]): string => `{${[...new Set(ids.filter((id) => id !== undefined))].sort().join(',')}}`;
  if (event.type === 'AccountOpened') {
    const { accountId, accountNumber, product, customerId, holders: people } = event.data;
    const everybody = list([customerId, ...people.map((holder) => holder.customerId)]);
    if (everybody !== '{}')
      holders.set(accountId, { account_id: accountId, number_hash: hash(accountNumber), product, status: 'open', owner_id: customerId ?? null, customer_ids: everybody });
  } else if (event.type === 'HoldersChanged' || event.type === 'AccountClosed') {
    const row = holders.get(event.data.accountId);
    if (!row) return;
    holders.set(event.data.accountId, event.type === 'AccountClosed' ? { ...row, status: 'closed' } : { ...row, customer_ids: list([row['owner_id'] ?? undefined, ...event.data.after.map(({ customerId }) => customerId)]) });
  }
}

function textOf({ id, kind, branch, revision, profileRevision, registeredAt, updatedAt, profile }: Expected, terms: ReturnType<typeof createSearchTerms>): TextRow {
  const { birthYear, sex, cityCode, incomeBand, riskLevel } = profile ? coarseOf(profile as unknown as Profile) : nothingCoarse;
  return {
    id, revision: revision.toString(), kind, status: profile ? 'active' : 'erased', branch, birth_year: birthYear === null ? null : String(birthYear), sex, city_code: cityCode,
    income_band: incomeBand, risk_level: riskLevel, registered_at: timeText(registeredAt), updated_at: timeText(updatedAt), profile: profile ? jsonText(profile) : null,
    sealed_revision: profile ? profileRevision.toString() : null, terms: profile ? `{${terms.ofProfile(profile as unknown as Profile).join(',')}}` : '{}',
  };
}

/** Rows with the profile opened in the place of its envelope; one that does not open says so. */
async function* openedRows(query: ReadRows, vault: Vault): AsyncGenerator<TextRow> {
  for await (const row of readRows(query, customersTable)) {
    const { id, profile, sealed_revision: sealedRevision } = row;
    yield { ...row, id: id ?? null, profile: profile == null ? null : await openedText(JSON.parse(profile) as Envelope, vault, rowBinding(id!, sealedRevision!)) };
  }
}

async function openedText(envelope: Envelope, vault: Vault, binding: string): Promise<string> {
  const key = (await vault.keysById([envelope.keyId])).get(envelope.keyId);
  if (!key) return 'a sealed profile whose key is gone';
  try {
    return jsonText(open(envelope, key, binding));
  } catch {
    return 'an envelope that does not open';
  }
}
