import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import type { RfmEvent, RfmRating } from '../../shared/events/marketing/rfm-events.js';
import type { SegmentListEvent } from '../../shared/events/marketing/segment-events.js';
import { readable } from '../../shared/events/personal.js';
import { moneyOf, type CurrencyCode } from '../../shared/kernel/money.js';
import type { KindOfFact } from './catalogue.js';
import { picksOf, repicked } from './picks.js';
import type { CustomerFact, HeldAccount, Subject } from './subject.js';
import type { World } from './world.js';

/** What an event did to the customers: whose record, accounts or facts changed (survivors, and a record just merged away), and the facts it added. */
export interface TakenIn {
  readonly touched: readonly string[];
  readonly facts: readonly CustomerFact[];
}

const NOTHING: TakenIn = { touched: [], facts: [] };

export type SubjectEvent = CustomerEvent | LedgerEvent | SegmentListEvent | RfmEvent;

/** Carries the event into the world. `at`: when it counts as having happened, in milliseconds since 1970: its booking time. Changes nothing where it tells of nobody. */
export function takeIn(world: World, recorded: Recorded, at: number): TakenIn {
  const event = recorded.event as SubjectEvent;
  switch (event.type) {
    case 'CustomerRegistered': {
      const { customerId, kind, branch, profile } = event.data;
      if (!readable(profile)) return NOTHING;
      return changedPerson(world, customerId, () => ({ kind, branch: branch ?? null, manager: null, registeredAt: at, identityVerified: false, restricted: false, rating: null, profile: picksOf(profile) }));
    }
    case 'CustomerUpdated':
    case 'CustomerMergeCompleted':
    case 'CustomerUnmergeCompleted': {
      const { customerId, update } = event.data;
      return readable(update) ? changedPerson(world, customerId, (person) => person && { ...person, profile: repicked(person.profile, update.changes) }) : NOTHING;
    }
    case 'CustomerBranchAssigned':
      return changedPerson(world, event.data.customerId, (person) => person && { ...person, branch: event.data.after });
    case 'CustomerManagerAssigned':
      return changedPerson(world, event.data.customerId, (person) => person && { ...person, manager: event.data.after });
    case 'IdentityChecked': {
      const { customerId, method, outcome } = event.data;
      return method === 'registry' ? changedPerson(world, customerId, (person) => person && { ...person, identityVerified: outcome === 'match' }) : NOTHING;
    }
    case 'CustomerRestricted':
    case 'CustomerRestrictionLifted':
      return changedPerson(world, event.data.customerId, (person) => person && { ...person, restricted: event.type === 'CustomerRestricted' });
    case 'CustomerErased':
      return changedPerson(world, event.data.customerId, () => null);
    case 'CustomerMerged':
      world.merge(event.data.customerId, event.data.into);
      return { touched: [world.survivorOf(event.data.into), event.data.customerId], facts: [] };
    case 'CustomerUnmerged':
      world.unmerge(event.data.customerId);
      return { touched: [world.survivorOf(event.data.into), event.data.customerId], facts: [] };
    case 'AccountOpened': {
      const { accountId, customerId, product, currency, overdraftLimit } = event.data;
      if (customerId === undefined) return NOTHING;
      const limit = overdraftLimit === undefined ? null : moneyOf(overdraftLimit).minor;
      world.holdAccount(customerId, accountId, { product, currency, openedAt: at, status: 'open', balance: 0n, overdraftLimit: limit === 0n ? null : limit, lastMovementAt: null, holds: [] });
      return added(world, [factOf(`${accountId}/opened`, at, 'account-opened', customerId, { account: accountId, product, currency })]);
    }
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
    case 'ReversalPosted':
      return moved(world, recorded, at, event.data, KINDS[event.type]);
    case 'HoldCaptured': {
      const released = changedAccount(world, event.data.accountId, (account) => ({ ...account, holds: account.holds.filter((id) => id !== event.data.holdId) }));
      const { touched, facts } = moved(world, recorded, at, event.data, 'hold-capture');
      return { touched: [...new Set([...released.touched, ...touched])], facts };
    }
    case 'HoldPlaced': {
      const { holdId, accountId, money } = event.data;
      const { touched } = changedAccount(world, accountId, (account) => ({ ...account, holds: [...account.holds, holdId] }));
      const owner = world.ownerOf(accountId);
      const account = owner?.accounts.get(accountId);
      if (!owner || !account) return NOTHING;
      const { channel } = recorded.metadata.actor;
      const balance = { minor: account.balance, currency: account.currency };
      const { facts } = added(world, [factOf(holdId, at, 'hold', owner.id, { account: accountId, product: account.product, amount: moneyOf(money), balance, channel })]);
      return { touched, facts };
    }
    case 'HoldReleased':
      return changedAccount(world, event.data.accountId, (account) => ({ ...account, holds: account.holds.filter((id) => id !== event.data.holdId) }));
    case 'AccountFrozen':
      return changedAccount(world, event.data.accountId, (account) => ({ ...account, status: 'frozen' }));
    case 'AccountUnfrozen':
      return changedAccount(world, event.data.accountId, (account) => ({ ...account, status: 'open' }));
    case 'AccountClosed': {
      const { accountId } = event.data;
      const { touched } = changedAccount(world, accountId, (account) => ({ ...account, status: 'closed' }));
      const owner = world.ownerOf(accountId);
      const account = owner?.accounts.get(accountId);
      if (!owner || !account) return NOTHING;
      const { facts } = added(world, [factOf(`${accountId}/closed`, at, 'account-closed', owner.id, { account: accountId, product: account.product, currency: account.currency })]);
      return { touched, facts };
    }
    case 'CustomersListed':
    case 'CustomersUnlisted':
      return { touched: [...new Set(event.data.customers.map((id) => world.survivorOf(id)))], facts: [] };
    case 'CustomersRated':
      return { touched: event.data.ratings.flatMap(({ customerId, rating }) => changedPerson(world, customerId, (person) => person && { ...person, rating: rating && scoresOf(rating) }).touched), facts: [] };
    default:
      return NOTHING;
  }
}

const scoresOf = ({ recency, frequency, monetary, tier }: RfmRating) => ({ recency: recency.score, frequency: frequency.score, monetary: monetary.score, tier });

const KINDS = { DepositPosted: 'deposit', WithdrawalPosted: 'withdrawal', TransferPosted: 'transfer', ReversalPosted: 'reversal' } as const;
type KindOfMovement = (typeof KINDS)[keyof typeof KINDS] | 'hold-capture';

/** Each leg of a customer is a fact of that customer, seen from its side. */
function moved(world: World, { metadata }: Recorded, at: number, { movementId, legs }: { readonly movementId: string; readonly legs: readonly Leg[] }, kind: KindOfMovement): TakenIn {
  const facts = legs.flatMap((leg, index) => {
    const { accountId, customerId } = leg;
    if (customerId === undefined) return [];
    const subject = world.subject(customerId);
    const account = subject.accounts.get(accountId) ?? unknownAccount(leg, at);
    const balanceAfter = moneyOf(leg.balanceAfter);
    world.holdAccount(customerId, accountId, { ...account, balance: balanceAfter.minor, lastMovementAt: Math.max(at, account.lastMovementAt ?? at) });
    const other = otherSide(legs, leg);
    const { channel } = metadata.actor;
    return [{
      id: `${movementId}/${index}`, kind: 'movement', customerId: subject.id, at,
      fields: {
        kind, side: leg.side === 'credit' ? 'in' : 'out', amount: moneyOf(leg.money), balanceAfter, channel,
        cash: (kind === 'deposit' || kind === 'withdrawal') && (channel === 'counter' || channel === 'atm'),
        own: other?.customerId !== undefined && world.survivorOf(other.customerId) === world.survivorOf(customerId),
        account: world.once(accountId), product: account.product, counterparty: other?.customerId === undefined ? null : world.once(other.accountId),
        accountOpenedAt: account.openedAt, previousMovementAt: account.lastMovementAt, limitUse: limitUse(balanceAfter.minor, account.overdraftLimit),
      },
    } satisfies CustomerFact];
  });
  return added(world, facts);
}

/** The largest leg of the other side. */
const otherSide = (legs: readonly Leg[], { side }: Leg): Leg | undefined =>
  legs.filter((leg) => leg.side !== side).reduce<Leg | undefined>((most, leg) => (most === undefined || moneyOf(leg.money).minor > moneyOf(most.money).minor ? leg : most), undefined);

/** Four decimals of the part of the limit that is in use, 0 to 1. */
const limitUse = (balance: bigint, limit: bigint | null): number | null => (limit === null ? null : balance >= 0n ? 0 : Number((-balance * 10_000n) / limit) / 10_000);

/** A bank taken over may move money of an account whose opening is not in this log. */
const unknownAccount = ({ money }: Leg, at: number): HeldAccount => ({
  product: 'unknown', currency: money.currency as CurrencyCode, openedAt: at, status: 'open', balance: 0n, overdraftLimit: null, lastMovementAt: null, holds: [],
});

const factOf = (id: string, at: number, kind: KindOfFact, customerId: string, fields: CustomerFact['fields']): CustomerFact => ({ id, kind, customerId, at, fields });

function added(world: World, facts: readonly CustomerFact[]): TakenIn {
  for (const fact of facts) world.add(fact);
  return { touched: [...new Set(facts.map(({ customerId }) => world.survivorOf(customerId)))], facts };
}

function changedPerson(world: World, id: string, change: (person: Subject['person']) => Subject['person']): TakenIn {
  const subject = world.subject(id);
  subject.person = change(subject.person);
  world.change(subject);
  return { touched: [world.survivorOf(id)], facts: [] };
}

function changedAccount(world: World, accountId: string, change: (account: HeldAccount) => HeldAccount): TakenIn {
  const owner = world.ownerOf(accountId);
  const account = owner?.accounts.get(accountId);
  if (!owner || !account) return NOTHING;
  world.holdAccount(owner.id, accountId, change(account));
  return { touched: [world.survivorOf(owner.id)], facts: [] };
}
