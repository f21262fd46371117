import type { Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { CustomerIdentityClaimed } from '../../shared/events/customers/events.js';
import { customerStatus } from '../../shared/events/customers/view.js';
import type { IdentityVerified } from '../../shared/events/customers/identity-events.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import type { Recorded } from '../../shared/events/definition.js';
import { ledgerEvents } from '../../shared/events/ledger/events.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection, ReadTransaction } from '../../shared/read-store/projection.js';
import { customerKeys } from './customer-by-id.js';
import { applyHolders, holderTypes } from './account-holders.js';
import { coarseOf, nothingCoarse } from './coarse.js';
import { customerTypes, foldRow, isCustomerEvent, type Row } from './fold.js';
import { openProfiles, sealProfiles } from './sealed-profiles.js';
import { createSearchTerms, type SearchTerms } from './search-terms.js';
import { indexes, tables, views } from './tables.js';

/** Customers as queries find them, and whose accounts are whose. */
export function customersProjection(vault: Vault): Projection {
  let terms: SearchTerms | undefined;
  return {
    name: 'customers',
    version: 5,
    topics: [topicOf('customers'), topicOf('ledger')],
    handles: [...customerTypes, ...holderTypes],
    ignores: [CustomerIdentityClaimed.type, ...ledgerEvents.map(({ type }) => type as string).filter((type) => !holderTypes.includes(type))],
    opens: true,
    tables,
    indexes,
    views,
    sealedAnew: ['profile'],
    cacheKeys: customerKeys,
    async apply(tx, events) {
      terms ??= createSearchTerms(await vault.secret('search'));
      await applyCustomers(tx, events, vault, terms);
      await applyHolders(tx, events, terms);
    },
  };
}

async function applyCustomers(tx: ReadTransaction, events: readonly Recorded[], vault: Vault, terms: SearchTerms): Promise<void> {
  const relevant = events.filter(isCustomerEvent);
  if (relevant.length === 0) return;
  const rows = await load(tx, vault, [...new Set(relevant.map(({ event }) => event.data.customerId))]);
  for (const recorded of relevant) {
    const row = foldRow(rows.get(recorded.event.data.customerId), recorded);
    if (row) rows.set(row.id, row);
  }
  const written = [...rows.values()];
  const toSeal = new Map(written.flatMap(({ id, profile, profileRevision, changed }) => (changed && profile ? [[id, { profile, revision: profileRevision }] as const] : [])));
  const envelopes = await sealProfiles(vault, toSeal);
  await writeSealed(tx, written.filter(({ changed }) => changed), envelopes, terms);
  await writeOthers(tx, written.filter(({ changed }) => !changed));
}

async function load(tx: ReadTransaction, vault: Vault, ids: readonly string[]): Promise<Map<string, Row>> {
  const found = await tx.query<{
    id: string; revision: string; kind: Profile['kind']; branch: string | null; manager: string | null; restricted: boolean; erasing: boolean; backup_until: string | null; identity_verified: IdentityVerified | null; merged_into: string | null; merged_ids: string[]; merging: boolean; registered_at: Date; updated_at: Date; profile: Envelope | null; sealed_revision: string | null;
  }>('select id, revision, kind, branch, manager, restricted, erasing, backup_until::text, identity_verified, merged_into, merged_ids::text[] as merged_ids, merging, registered_at, updated_at, profile, sealed_revision from customers where id = any($1::uuid[])', [ids], 'customers_load');
  const profiles = await openProfiles(vault, found.map(({ id, profile, sealed_revision }) => ({ id, profile, sealedRevision: sealed_revision })));
  return new Map(found.map((row) => [row.id, {
    id: row.id, revision: BigInt(row.revision), kind: row.kind, branch: row.branch, manager: row.manager, restricted: row.restricted, erasing: row.erasing, backupUntil: row.backup_until,
    identityVerified: row.identity_verified, mergedInto: row.merged_into, mergedIds: row.merged_ids, merging: row.merging,
    registeredAt: row.registered_at.toISOString(), updatedAt: row.updated_at.toISOString(), profile: profiles.get(row.id),
    profileRevision: BigInt(row.sealed_revision ?? row.revision), changed: false,
  }]));
}

async function writeSealed(tx: ReadTransaction, rows: readonly Row[], envelopes: ReadonlyMap<string, Envelope>, terms: SearchTerms): Promise<void> {
  if (rows.length === 0) return;
  const cells = rows.map((row) => {
    const { id, revision, kind, branch, manager, restricted, erasing, backupUntil, identityVerified, mergedInto, mergedIds, merging, registeredAt, updatedAt, profile, profileRevision } = row;
    const envelope = envelopes.get(id);
    const processed = envelope && !restricted && !erasing ? profile : undefined;
    const { birthYear, sex, cityCode, incomeBand, riskLevel } = processed ? coarseOf(processed) : nothingCoarse;
    return [
      id, revision.toString(), kind, customerStatus(row, envelope !== undefined), restricted, erasing, backupUntil, jsonOf(identityVerified), mergedInto, `{${mergedIds.join(',')}}`, merging, branch, manager, birthYear, sex, cityCode, incomeBand, riskLevel, registeredAt, updatedAt,
      envelope ? JSON.stringify(envelope) : null, envelope ? profileRevision.toString() : null, processed ? `{${terms.ofProfile(processed).join(',')}}` : '{}',
    ];
  });
  await tx.query(
    `insert into customers (id, revision, kind, status, restricted, erasing, backup_until, identity_verified, merged_into, merged_ids, merging, branch, manager, birth_year, sex, city_code, income_band, risk_level, registered_at, updated_at, profile, sealed_revision, terms)
     select id, revision, kind, status, restricted, erasing, backup_until, identity_verified::jsonb, merged_into, merged_ids::uuid[], merging, branch, manager, birth_year, sex, city_code, income_band, risk_level, registered_at, updated_at, profile::jsonb, sealed_revision, terms::bigint[]
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::date[], $8::text[], $9::uuid[], $10::text[], $11::boolean[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::text[],
       $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::bigint[], $23::text[])
       as batch(id, revision, kind, status, restricted, erasing, backup_until, identity_verified, merged_into, merged_ids, merging, branch, manager, birth_year, sex, city_code, income_band, risk_level, registered_at, updated_at, profile, sealed_revision, terms)
     on conflict (id) do update set revision = excluded.revision, status = excluded.status, restricted = excluded.restricted, erasing = excluded.erasing, backup_until = excluded.backup_until, identity_verified = excluded.identity_verified, merged_into = excluded.merged_into,
       merged_ids = excluded.merged_ids, merging = excluded.merging, branch = excluded.branch, manager = excluded.manager, birth_year = excluded.birth_year, sex = excluded.sex,
       city_code = excluded.city_code, income_band = excluded.income_band, risk_level = excluded.risk_level, updated_at = excluded.updated_at, profile = excluded.profile,
       sealed_revision = excluded.sealed_revision, terms = excluded.terms`,
    cells[0]!.map((_, column) => cells.map((row) => row[column])),
    'customers_upsert',
  );
}

/** What changed beside the profile leaves its envelope as it is. */
async function writeOthers(tx: ReadTransaction, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update customers set revision = batch.revision, branch = batch.branch, manager = batch.manager, updated_at = batch.updated_at, backup_until = batch.backup_until,
       merged_into = batch.merged_into, merging = batch.merging, identity_verified = batch.identity_verified::jsonb
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::boolean[], $8::date[], $9::text[])
       as batch(id, revision, branch, manager, updated_at, merged_into, merging, backup_until, identity_verified)
     where customers.id = batch.id`,
    [rows.map(({ id }) => id), rows.map(({ revision }) => revision.toString()), rows.map(({ branch }) => branch), rows.map(({ manager }) => manager), rows.map(({ updatedAt }) => updatedAt),
      rows.map(({ mergedInto }) => mergedInto), rows.map(({ merging }) => merging), rows.map(({ backupUntil }) => backupUntil), rows.map(({ identityVerified }) => jsonOf(identityVerified))],
    'customers_update',
  );
}

const jsonOf = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
