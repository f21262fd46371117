import { HEAD_OFFICE, type Reach } from '../../shared/access/rights.js';
import type { CurrencyCode } from '../../shared/kernel/money.js';
import type { ByAccounts } from './by-accounts.js';
import type { SearchTerms } from './search-terms.js';

/** Everything that a customer may be looked for by; all of it must hold. */
export interface CustomerFilter {
  readonly name?: string;
  readonly idNumber?: string;
  readonly phone?: string;
  readonly accountNumber?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly branch?: string;
  readonly product?: string;
  readonly sex?: string;
  readonly cityCode?: string;
  readonly incomeBand?: string;
  readonly riskLevel?: string;
  readonly tag?: string;
  readonly bornFrom?: number;
  readonly bornTo?: number;
  readonly registeredFrom?: string;
  readonly registeredTo?: string;
  /** Decimals of the currency, both ends included. */
  readonly balanceFrom?: string;
  readonly balanceTo?: string;
  readonly currency?: CurrencyCode;
  readonly accountStatus?: string;
}

/** SQL conditions whose values are always parameters. */
export class Where {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];
  private readonly selective: string[] = [];

  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  add(condition: string): void {
    this.parts.push(condition);
  }

  /** A condition that few rows meet, to be looked up by its index first; a record that was merged into another answers for its survivor. */
  addSelective(condition: string): void {
    this.addIndexed(`id = any(array(${survivorsAmong(`select id, merged_into from customers.customers where ${condition} offset 0`)}))`);
  }

  /** As well, of the record itself. */
  addIndexed(condition: string): void {
    this.selective.push(condition);
  }

  /** Behind a fence (offset 0): the planner guesses hashes to be frequent and would rather walk along the sort order through the whole table. */
  get source(): string {
    return this.selective.length === 0 ? 'customers.customers' : `(select * from customers.customers where ${this.selective.join(' and ')} offset 0) as customers`;
  }

  get text(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }
}

/** As it is sorted by, so that one index serves both. */
export const BRANCH = `coalesce(branch, '')`;
const EQUAL = { kind: 'kind', status: 'status', branch: BRANCH, sex: 'sex', cityCode: 'city_code', incomeBand: 'income_band', riskLevel: 'risk_level' } as const;

/** Kept and not processed: in no list but those of who may restrict. By name, number and phone nobody finds them, for they have no terms. */
export const NOT_RESTRICTED = 'not restricted and not erasing';

/** SQL for the ids of the records that stand for those found: their own, or their survivors'. `found` selects id and merged_into. */
export const survivorsAmong = (found: string): string =>
  `select s.id from (${found}) as found cross join lateral (select found.id where found.merged_into is null
   union all select c.id from customers.customers c where found.merged_into is not null and c.merged_into is null and c.merged_ids @> array[found.id]) as s`;

export function conditions(filter: CustomerFilter, terms: SearchTerms, byAccounts?: ByAccounts): Where {
  const where = new Where();
  where.add('merged_into is null');
  for (const [key, column] of Object.entries(EQUAL)) {
    const wanted = filter[key as keyof typeof EQUAL];
    if (wanted !== undefined) where.add(`${column} = ${where.value(wanted)}`);
  }
  if (filter.bornFrom !== undefined) where.add(`birth_year >= ${where.value(filter.bornFrom)}`);
  if (filter.bornTo !== undefined) where.add(`birth_year <= ${where.value(filter.bornTo)}`);
  if (filter.registeredFrom !== undefined) where.add(`registered_at >= ${where.value(instant(filter.registeredFrom))}`);
  if (filter.registeredTo !== undefined) where.add(`registered_at <= ${where.value(instant(filter.registeredTo))}`);
  if (filter.idNumber !== undefined) where.addSelective(`terms && ${where.value(terms.ofIdNumber(filter.idNumber))}::bigint[]`);
  if (filter.phone !== undefined) where.addSelective(`terms && ${where.value(terms.ofPhone(filter.phone))}::bigint[]`);
  if (filter.tag !== undefined) where.addIndexed(`terms && ${where.value(terms.ofTag(filter.tag))}::bigint[]`);
  if (filter.accountNumber !== undefined)
    where.addSelective(`id in (select unnest(customer_ids) from customers.account_holders where number_hash = any(${where.value(terms.ofAccountNumber(filter.accountNumber))}::bigint[]))`);
  if (byAccounts && 'few' in byAccounts) where.addSelective(`id = any(${where.value(byAccounts.few)}::uuid[])`);
  else if (byAccounts) where.add(byAccounts.condition((value) => where.value(value)));
  return where;
}

/** Postgres takes fewer offsets from UTC than ISO 8601 has. */
const instant = (time: string): string => new Date(time).toISOString();

/** Only customers whom the reader's permission reaches. */
export function addReach(where: Where, { everything, branches, manager, customer }: Reach): void {
  if (everything) return;
  const ways = [
    ...(branches.length > 0 ? [`coalesce(branch, '${HEAD_OFFICE}') = any(${where.value(branches)}::text[])`] : []),
    ...(manager === undefined ? [] : [`manager = ${where.value(manager)}`]),
    ...(customer === undefined ? [] : [`(id = ${where.value(customer)}::uuid or merged_ids @> array[${where.value(customer)}::uuid])`]),
  ];
  where.add(ways.length === 0 ? 'false' : `(${ways.join(' or ')})`);
}
