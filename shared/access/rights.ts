import type { CurrencyCode, Money } from '../kernel/money.js';
import type { DataClass, Purpose, View, Views } from './data-classes.js';
import { atLeast, everythingClear, viewsFrom } from './data-classes.js';
import { permissions, type Permission } from './permissions.js';

/** Which records a permission reaches: one's own as a customer, the customers one manages, those of one's branch and below, all. */
export const SCOPES = ['own', 'portfolio', 'branch', 'all'] as const;
export type Scope = (typeof SCOPES)[number];

/** Largest single amount in minor units by currency. Where limits are given, a currency that is not among them is not allowed at all. */
export type Limits = ReadonlyMap<CurrencyCode, bigint>;

/** One permission as somebody holds it. One permit must allow a request as a whole: the scope of one and the limit of another do not add up. */
export interface Permit {
  readonly scope: Scope;
  /** With scope `branch`: these, the branches below included. */
  readonly branches?: ReadonlySet<string>;
  readonly limits?: Limits;
  /** Of a permit to decide on requests for approval, or to read them: of these commands only. A permit to decide that names none decides what its holder may send. */
  readonly commands?: ReadonlySet<Permission>;
}

/** What somebody may do and see at this moment. Made from roles and grants in one place (services/access); everything else only asks. */
export interface Rights {
  /** Staff, client or customer; with scope `portfolio` the manager, with scope `own` the customer. */
  readonly holder: string;
  readonly permits: ReadonlyMap<Permission, readonly Permit[]>;
  readonly views: Views;
}

/** The record that a request is about, as far as rights depend on it. Without a branch it belongs to the head office. */
export interface Target {
  readonly branch?: string | undefined;
  readonly manager?: string | undefined;
  /** Whose it is; for an account, everybody who holds it. */
  readonly customers: readonly string[];
}

export interface Demand {
  readonly permission: Permission;
  /** Absent: the request is about no single record, and what it answers is narrowed by `reachOf`. */
  readonly target?: Target | undefined;
  /** The amounts that it would move, each on its own. */
  readonly amounts?: readonly Money[] | undefined;
}

/** In order of precedence. */
export const ACCESS_REFUSALS = ['permission_missing', 'outside_scope', 'amount_over_limit'] as const;
export type AccessRefusal = (typeof ACCESS_REFUSALS)[number];

/** The one decision on what somebody may do; undefined: allowed. Whatever is not allowed is denied. */
export function decideAccess(rights: Rights, { permission, target, amounts = [] }: Demand): AccessRefusal | undefined {
  const held = rights.permits.get(permission) ?? [];
  if (held.length === 0) return 'permission_missing';
  const reaching = target === undefined ? held : held.filter((permit) => reaches(permit, rights.holder, target));
  if (reaching.length === 0) return 'outside_scope';
  return reaching.some(({ limits }) => amounts.every((amount) => isWithin(limits, amount))) ? undefined : 'amount_over_limit';
}

export const HEAD_OFFICE = 'head-office';

function reaches({ scope, branches }: Permit, holder: string, { branch = HEAD_OFFICE, manager, customers }: Target): boolean {
  switch (scope) {
    case 'all':
      return true;
    case 'branch':
      return branches?.has(branch) ?? false;
    case 'portfolio':
      return manager === holder;
    case 'own':
      return customers.includes(holder);
  }
}

function isWithin(limits: Limits | undefined, { minor, currency }: Money): boolean {
  if (limits === undefined) return true;
  const most = limits.get(currency);
  return most !== undefined && minor <= most;
}

/** Which records a list may hold: any one of these makes a record visible. */
export interface Reach {
  readonly everything: boolean;
  readonly branches: readonly string[];
  readonly manager?: string;
  readonly customer?: string;
}

export function reachOf(rights: Rights, permission: Permission): Reach {
  const held = rights.permits.get(permission) ?? [];
  const has = (scope: Scope): boolean => held.some((permit) => permit.scope === scope);
  return {
    everything: has('all'),
    branches: [...new Set(held.flatMap(({ scope, branches }) => (scope === 'branch' ? [...(branches ?? [])] : [])))].sort(),
    ...(has('portfolio') && { manager: rights.holder }),
    ...(has('own') && { customer: rights.holder }),
  };
}

/** Several roles at once: every permit of each, and of each class the clearest view. */
export function joined(holder: string, parts: readonly Omit<Rights, 'holder'>[]): Rights {
  const permits = new Map<Permission, Permit[]>();
  const views: Partial<Record<DataClass, View>> = {};
  for (const part of parts) {
    for (const [permission, held] of part.permits) permits.set(permission, [...(permits.get(permission) ?? []), ...held]);
    for (const [name, view] of Object.entries(part.views) as [DataClass, View][]) views[name] = atLeast(view, views[name] ?? 'hidden');
  }
  return { holder, permits, views: viewsFrom(views) };
}

/** Of the machine client that founds a bank, and of tests. */
export const allRights = (holder: string): Rights => ({
  holder,
  permits: new Map((Object.keys(permissions) as Permission[]).map((permission) => [permission, [{ scope: 'all' }]])),
  views: everythingClear,
});

/**
 * Who sees more of a restricted record than that it is there (SPEC CUST-9: stored and protected, otherwise not processed): who may restrict, and the
 * auditor while auditing; for marketing nobody.
 */
export function seesRestricted(rights: Rights, purpose: Purpose): boolean {
  if (purpose === 'marketing') return false;
  return reachOf(rights, 'customers.restrict').everything || (purpose === 'audit' && reachOf(rights, 'audit.read').everything);
}
