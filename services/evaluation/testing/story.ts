import fc from 'fast-check';
import type { EventMetadata, Recorded } from '../../../shared/events/definition.js';
import { PROFILES } from './people.js';

/** What may happen in a made-up bank, each with how many minutes after the thing before. */
type Deed =
  | { readonly deed: 'register' | 'open' | 'erase' | 'merge'; readonly who: number; readonly other: number; readonly minutes: number; readonly minor: number; readonly backdated: number }
  | { readonly deed: 'deposit' | 'withdraw' | 'transfer' | 'income' | 'tick'; readonly who: number; readonly other: number; readonly minutes: number; readonly minor: number; readonly backdated: number };

export const PEOPLE = PROFILES.length;
const uuid = (kind: number, n: number): string => `0198a7c2-0000-7000-800${kind}-${String(n).padStart(12, '0')}`;
export const personId = (n: number): string => uuid(0, n);
export const accountId = (n: number): string => uuid(1, n);
const START = Date.parse('2026-03-01T00:00:00Z');
const DAY = 86_400_000;

const deed: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constantFrom('deposit', 'deposit', 'deposit', 'withdraw', 'transfer', 'transfer', 'income', 'tick', 'register', 'open', 'merge', 'erase'),
  who: fc.nat(PEOPLE - 1), other: fc.nat(PEOPLE - 1),
  minutes: fc.oneof(fc.nat(600), fc.nat(20_000)),
  minor: fc.integer({ min: 1, max: 6_000_000 }),
  backdated: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
});

/** A log of such a bank: everybody registered with an account first, then whatever happens. Booking dates may lie up to 40 days back. */
export const story = (most = 120): fc.Arbitrary<readonly Recorded[]> => fc.array(deed, { minLength: most / 4, maxLength: most, size: 'max' }).map(tell);

function tell(deeds: readonly Deed[]): readonly Recorded[] {
  const log: Recorded[] = [];
  let now = START;
  const gone = new Set<number>();
  const balances = new Map<string, number>();
  const say = (stream: string, type: string, data: object, backdated?: number): void => {
    const position = BigInt(log.length);
    const booked = backdated === undefined ? {} : { bookingDate: new Date(now - backdated * DAY).toISOString().slice(0, 10) };
    const metadata = { recordedAt: new Date(now).toISOString(), actor: { id: 'x', role: 'x', channel: 'counter' }, ...booked } as unknown as EventMetadata;
    log.push({ id: uuid(9, log.length), stream, revision: position, position, event: { type, data }, metadata });
  };
  const leg = (who: number, side: 'debit' | 'credit', minor: number): object => {
    const account = accountId(who);
    balances.set(account, (balances.get(account) ?? 0) + (side === 'credit' ? minor : -minor));
    return { accountId: account, customerId: personId(who), side, money: yuan(minor), balanceAfter: yuan(balances.get(account)!) };
  };
  const cash = (side: 'debit' | 'credit', minor: number): object => ({ accountId: uuid(2, 0), side, money: yuan(minor), balanceAfter: yuan(0) });
  const register = (who: number): void => say(`customer-${personId(who)}`, 'CustomerRegistered', { customerId: personId(who), kind: PROFILES[who]!.kind, branch: who % 2 === 0 ? 'B1' : 'B2', profile: PROFILES[who]! });
  const open = (who: number): void => say('ledger-0', 'AccountOpened', { accountId: accountId(who), accountNumber: 'x', kind: 'customer', normalSide: 'credit', product: who % 3 === 0 ? 'current-overdraft' : 'demand-savings', productVersion: 1, currency: 'CNY', overdraftLimit: yuan(1_000_000), customerId: personId(who), holders: [] });
  for (let who = 0; who < PEOPLE; who++) {
    register(who);
    open(who);
  }
  for (const { deed, who, other, minutes, minor, backdated } of deeds) {
    now += minutes * 60_000;
    if (gone.has(who) || gone.has(other)) continue;
    switch (deed) {
      case 'deposit': say('ledger-0', 'DepositPosted', { movementId: uuid(3, log.length), legs: [cash('debit', minor), leg(who, 'credit', minor)] }, backdated); break;
      case 'withdraw': say('ledger-0', 'WithdrawalPosted', { movementId: uuid(3, log.length), legs: [leg(who, 'debit', minor), cash('credit', minor)] }, backdated); break;
      case 'transfer': if (who !== other) say('ledger-0', 'TransferPosted', { movementId: uuid(3, log.length), legs: [leg(who, 'debit', minor), leg(other, 'credit', minor)] }, backdated); break;
      case 'income': say(`customer-${personId(who)}`, 'CustomerUpdated', { customerId: personId(who), fields: ['income'], update: { changes: [{ field: 'income', before: null, after: yuan(minor * 10) }] } }); break;
      case 'tick': say('clock-bank', 'ClockTicked', { at: new Date(now).toISOString() }); break;
      case 'register': say(`customer-${personId(who)}`, 'CustomerBranchAssigned', { customerId: personId(who), before: null, after: `B${other % 3}` }); break;
      case 'open': say('ledger-0', minor % 2 === 0 ? 'AccountFrozen' : 'AccountUnfrozen', { accountId: accountId(who), customerId: personId(who), mode: 'full', reason: 'x' }); break;
      case 'merge': if (who !== other) {
        say(`customer-${personId(who)}`, 'CustomerMerged', { customerId: personId(who), mergeId: uuid(4, log.length), into: personId(other) });
        gone.add(who);
      } break;
      case 'erase': {
        say(`customer-${personId(who)}`, 'CustomerErased', { customerId: personId(who) });
        gone.add(who);
      }
    }
  }
  return log;
}

function yuan(minor: number): { amount: string; currency: string } {
  const digits = String(Math.abs(minor)).padStart(3, '0');
  return { amount: `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency: 'CNY' };
}
