import type { Reach } from '../../shared/access/rights.js';
import type { Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { IdentityVerified } from '../../shared/events/customers/identity-events.js';
import { customerView, type CustomerView } from '../../shared/events/customers/view.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { uncachedViews, type CachedViews } from '../../shared/cache/cached-views.js';
import { customerById } from './customer-by-id.js';
import { customersByAccounts, FEW_CUSTOMERS, type ByAccounts, type OwnersOf } from './by-accounts.js';
import { addReach, BRANCH, conditions, NOT_RESTRICTED, Where, type CustomerFilter } from './conditions.js';
import { createRanking } from './ranking.js';
import { openProfiles } from './sealed-profiles.js';
import { createSearchTerms } from './search-terms.js';

/** Open columns only; "-" before it turns the order. Customers without a value come as the lowest. */
const COLUMNS = {
  registeredAt: { expression: 'registered_at', type: 'timestamptz', place: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/ },
  updatedAt: { expression: 'updated_at', type: 'timestamptz', place: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/ },
  birthYear: { expression: 'coalesce(birth_year, 0)', type: 'smallint', place: /^\d{1,4}$/ },
  branch: { expression: BRANCH, type: 'text', place: /^[^]{0,20}$/ },
} as const;
type Column = keyof typeof COLUMNS;
export const SORTS = ['registeredAt', '-registeredAt', 'updatedAt', '-updatedAt', 'birthYear', '-birthYear', 'branch', '-branch'] as const;
export type Sort = (typeof SORTS)[number];

/** What a cursor of a list sorted so may hold: it comes back from outside. */
export const isPlaceOf = (sort: Sort, value: string): boolean => COLUMNS[sort.replace('-', '') as Column].place.test(value);

/** Where a page ended: a row's sort value and id, or a place in a ranking. */
export type Place = readonly [string, string] | number;

export interface CustomerPage {
  readonly items: readonly (CustomerView & { readonly score?: number })[];
  readonly next?: Place;
  /** A search by name looked at its best candidates only; there are more. */
  readonly cut?: true;
}

export interface CustomerQueries {
  /** `fresh`: not from the cache. */
  byId(id: string, fresh?: boolean): Promise<CustomerView | undefined>;
  find(filter: CustomerFilter, sort: Sort, limit: number, after: Place | undefined, reach: Reach, seesRestricted?: boolean): Promise<CustomerPage>;
  /** Customers who have so much in common with the profile that they may be the same, with what it is. */
  probableDuplicates(profile: Profile): Promise<{ id: string; reasons: DuplicateReason[] }[]>;
}
export type DuplicateReason = 'same_name_and_birth_date' | 'same_name_and_phone' | 'same_phone_and_birth_date' | 'same_name' | 'same_licence_number';

interface FoundRow {
  readonly id: string;
  readonly revision: string;
  readonly kind: Profile['kind'];
  readonly branch: string | null;
  readonly manager: string | null;
  readonly restricted: boolean;
  readonly erasing: boolean;
  readonly merged_ids: string[];
  readonly identity_verified: IdentityVerified | null;
  readonly registered_at: Date;
  readonly updated_at: Date;
  readonly profile: Envelope | null;
  readonly sealed_revision: string | null;
  readonly place: string;
}

/** Candidates that a search by name opens and ranks; what is beyond is cut off, and the answer says so. */
const MAX_CANDIDATES = 500;
const MIN_SCORE = 0.4;
const MAX_DUPLICATES = 20;

export interface CustomerQueriesOptions {
  readonly cached?: CachedViews;
  /** The ledger's read model, for searches by accounts. */
  readonly ownersOf?: OwnersOf;
  /** Of how many customers whom accounts leave the ids are named. */
  readonly few?: number;
}

export async function customerQueries(store: ReadStore, vault: Vault, options: CustomerQueriesOptions = {}): Promise<CustomerQueries> {
  const { cached = uncachedViews, ownersOf = nobodysAccounts, few = FEW_CUSTOMERS } = options;
  const terms = createSearchTerms(await vault.secret('search'));

  async function rows(where: Where, tail: string, place = `''`): Promise<FoundRow[]> {
    return store.query<FoundRow>(
      `select id, revision, kind, branch, manager, restricted, erasing, identity_verified, merged_ids::text[] as merged_ids, registered_at, updated_at, profile, sealed_revision, ${place} as place from ${where.source} where ${where.text} ${tail}`, where.values);
  }

  async function views(found: readonly FoundRow[]): Promise<CustomerView[]> {
    const profiles = await openProfiles(vault, found.map(({ id, profile, sealed_revision }) => ({ id, profile, sealedRevision: sealed_revision })));
    return found.map(({ id, revision, kind, branch, manager, restricted, erasing, identity_verified, merged_ids, registered_at, updated_at }) =>
      customerView({ id, revision: Number(revision), kind, branch, manager, restricted, erasing, identityVerified: identity_verified, mergedIds: merged_ids, registeredAt: registered_at.toISOString(), updatedAt: updated_at.toISOString() }, profiles.get(id)));
  }

  /** First whoever has every piece that was typed; only where these leave room, whoever comes near. Unordered: sorting would read them all. */
  async function candidates(filter: CustomerFilter & { name: string }, reach: Reach): Promise<FoundRow[]> {
    const tiers = [[terms.ofWholeName(filter.name)], [terms.ofName(filter.name)], terms.ofNameNearly(filter.name)];
    const found = new Map<string, FoundRow>();
    const byAccounts = await customersByAccounts(store, ownersOf, filter, few);
    for (const tier of tiers) {
      const lists = tier.filter((pieces) => pieces.length > 0);
      if (lists.length === 0 || found.size > MAX_CANDIDATES) continue;
      const where = conditions(filter, terms, byAccounts);
      addReach(where, reach);
      where.add(anyOf(lists, where));
      for (const row of await rows(where, `limit ${MAX_CANDIDATES + 1}`)) found.set(row.id, row);
    }
    for (const row of await byFormerNames(filter, reach, tiers.flat(), byAccounts)) found.set(row.id, row);
    return [...found.values()];
  }

  /** Whose merged records have the pieces: these are few, and have an index of their own. */
  async function byFormerNames(filter: CustomerFilter, reach: Reach, tiers: readonly (readonly string[])[], byAccounts: ByAccounts | undefined): Promise<FoundRow[]> {
    const lists = tiers.filter((pieces) => pieces.length > 0);
    if (lists.length === 0) return [];
    const where = conditions(filter, terms, byAccounts);
    addReach(where, reach);
    where.add(NOT_RESTRICTED);
    where.addSelective(`merged_into is not null and (${anyOf(lists, where)})`);
    return rows(where, `limit ${MAX_CANDIDATES + 1}`);
  }

  /** The names of the records that were merged into those found. */
  async function formerNames(found: readonly FoundRow[]): Promise<ReadonlyMap<string, string>> {
    const ids = found.flatMap(({ merged_ids }) => merged_ids);
    if (ids.length === 0) return new Map();
    const merged = await store.query<{ id: string; profile: Envelope | null; sealed_revision: string | null }>(
      'select id, profile, sealed_revision from customers.customers where id = any($1::uuid[])', [ids], 'customers_former_names');
    const profiles = await openProfiles(vault, merged.map(({ id, profile, sealed_revision }) => ({ id, profile, sealedRevision: sealed_revision })));
    return new Map([...profiles].map(([id, { name }]) => [id, name]));
  }

  /** By the ids of records that were merged: whom each stands for. */
  async function survivorsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const found = await store.query<{ id: string; merged_ids: string[] }>(
      `select id, merged_ids::text[] as merged_ids from customers.customers where merged_into is null and merged_ids && $1::uuid[] and ${NOT_RESTRICTED}`, [ids], 'customers_survivors');
    return new Map(found.flatMap(({ id, merged_ids }) => merged_ids.map((old) => [old, id] as const)));
  }

  async function byName(filter: CustomerFilter & { name: string }, reach: Reach, limit: number, from: number): Promise<CustomerPage> {
    const found = await candidates(filter, reach);
    const score = createRanking(filter.name);
    const former = await formerNames(found.slice(0, MAX_CANDIDATES));
    const names = ({ name, mergedIds = [] }: CustomerView): string[] => [name, ...mergedIds.map((id) => former.get(id))].filter((one) => typeof one === 'string');
    const ranked = (await views(found.slice(0, MAX_CANDIDATES)))
      .map((view) => ({ ...view, score: Math.max(0, ...names(view).map(score)) }))
      .filter((view) => view.score >= MIN_SCORE)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return {
      items: ranked.slice(from, from + limit),
      ...(ranked.length > from + limit && { next: from + limit }),
      ...(found.length > MAX_CANDIDATES && { cut: true as const }),
    };
  }

  return {
    byId: (id, fresh = false) => customerById({ store, vault, cached }, id, fresh),

    async find(filter, sort, limit, after, reach, seesRestricted = false) {
      if (filter.name !== undefined) return byName({ ...filter, name: filter.name }, reach, limit, typeof after === 'number' ? after : 0);
      const where = conditions(filter, terms, await customersByAccounts(store, ownersOf, filter, few));
      addReach(where, reach);
      if (!seesRestricted) where.add(NOT_RESTRICTED);
      const { expression, type } = COLUMNS[sort.replace('-', '') as Column];
      const descending = sort.startsWith('-');
      if (Array.isArray(after)) where.add(`(${expression}, id) ${descending ? '<' : '>'} (${where.value(after[0])}::${type}, ${where.value(after[1])}::uuid)`);
      const direction = descending ? 'desc' : 'asc';
      const found = await rows(where, `order by ${expression} ${direction}, id ${direction} limit ${limit + 1}`, `${expression}::text`);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { items: await views(page), ...(found.length > limit && last && { next: [last.place, last.id] as const }) };
    },

    async probableDuplicates(profile) {
      const name = terms.ofWholeName(profile.name);
      const phones = (profile.phones ?? []).map((phone) => terms.ofPhone(phone).slice(0, 1));
      const born = profile.kind === 'individual' ? terms.ofBirthDate(profile.birthDate) : undefined;
      const pairs: [DuplicateReason, string[]][] = profile.kind === 'individual'
        ? [
            ['same_name_and_birth_date', [...name, ...born!]],
            ...phones.flatMap((phone): [DuplicateReason, string[]][] => [['same_name_and_phone', [...name, ...phone]], ['same_phone_and_birth_date', [...phone, ...born!]]]),
          ]
        : [['same_name', name], ...(profile.licenceNumber === undefined ? [] : [['same_licence_number', terms.ofLicence(profile.licenceNumber)] as [DuplicateReason, string[]]])];
      const where = new Where();
      const flags = pairs.map(([, list]) => `terms @> ${where.value(list)}::bigint[]`);
      const kind = where.value(profile.kind);
      // One prepared statement for each number of pairs: every registration asks.
      const found = await store.query<{ id: string; merged: boolean; hits: boolean[] }>(
        `select id, merged_into is not null as merged, array[${flags.join(', ')}] as hits from (select * from customers.customers where ${flags.join(' or ')} offset 0) as found
         where kind = ${kind} order by id limit ${MAX_DUPLICATES}`, where.values, `customers_probable_duplicates_${flags.length}`);
      const survivors = await survivorsOf(found.flatMap(({ id, merged }) => (merged ? [id] : [])));
      const candidates = new Map<string, Set<DuplicateReason>>();
      for (const { id, merged, hits } of found) {
        const survivor = merged ? survivors.get(id) : id;
        if (survivor !== undefined) candidates.set(survivor, new Set([...(candidates.get(survivor) ?? []), ...pairs.flatMap(([reason], index) => (hits[index] ? [reason] : []))]));
      }
      return [...candidates].map(([id, reasons]) => ({ id, reasons: [...reasons] }));
    },
  };
}

const anyOf = (lists: readonly (readonly string[])[], where: Where): string => `(${lists.map((list) => `terms @> ${where.value(list)}::bigint[]`).join(' or ')})`;

const nobodysAccounts: OwnersOf = () => {
  throw new Error('searches by accounts need the ledger\'s read model');
};
