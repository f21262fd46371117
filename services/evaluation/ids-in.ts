/** Whom an event may concern: what has to be in hand before it is taken in. */
export interface IdsIn {
  readonly customers: readonly string[];
  readonly accounts: readonly string[];
}

interface Naming {
  readonly customerId?: string;
  readonly into?: string;
  readonly accountId?: string;
  readonly legs?: readonly { readonly accountId: string; readonly customerId?: string }[];
  /** Ids, or how many there are. */
  readonly customers?: readonly string[] | number;
  readonly ratings?: readonly { readonly customerId: string }[];
}

/** By the names that ids have in every event. */
export function idsIn({ data }: { readonly data: unknown }): IdsIn {
  const { customerId, into, accountId, legs = [], customers = [], ratings = [] } = data as Naming;
  const present = (ids: readonly (string | undefined)[]): string[] => ids.filter((id) => id !== undefined);
  return { customers: present([customerId, into, ...(typeof customers === 'number' ? [] : customers), ...ratings.map((one) => one.customerId), ...legs.map((leg) => leg.customerId)]), accounts: present([accountId, ...legs.map((leg) => leg.accountId)]) };
}
