import fc from 'fast-check';
import type { Recorded } from '../../../shared/events/definition.js';
import { PROFILES } from './people.js';
import { accountId, personId, ToldBank } from './told-bank.js';

const DEEDS = ['deposit', 'withdraw', 'transfer', 'income', 'tick', 'branch', 'freeze', 'merge', 'erase'] as const;

/** What may happen in a made-up bank, each so many minutes after the thing before. */
interface Deed {
  readonly deed: (typeof DEEDS)[number];
  readonly who: number;
  readonly other: number;
  readonly minutes: number;
  readonly minor: number;
  readonly backdated: number;
}

const PEOPLE = PROFILES.length;

const deed: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constantFrom(...DEEDS, 'deposit', 'deposit', 'transfer'),
  who: fc.nat(PEOPLE - 1), other: fc.nat(PEOPLE - 1),
  minutes: fc.oneof(fc.nat(600), fc.nat(20_000)),
  minor: fc.integer({ min: 1, max: 6_000_000 }),
  backdated: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
});

/** A log of such a bank: everybody registered with an account first, then whatever happens. Booking dates may lie up to 40 days back. */
export const story = (most = 120): fc.Arbitrary<readonly Recorded[]> => fc.array(deed, { minLength: most / 4, maxLength: most, size: 'max' }).map(tell);

function tell(deeds: readonly Deed[]): readonly Recorded[] {
  const bank = new ToldBank();
  const gone = new Set<number>();
  for (const [who, profile] of PROFILES.entries()) bank.registered(who, profile, who % 2 === 0 ? 'B1' : 'B2').opened(who, who % 3 === 0 ? 'current-overdraft' : 'demand-savings');
  for (const { deed, who, other, minutes, minor, backdated } of deeds) {
    bank.passes(minutes);
    if (gone.has(who) || gone.has(other)) continue;
    const customerId = personId(who);
    switch (deed) {
      case 'deposit': bank.deposited(who, minor, { backdated }); break;
      case 'withdraw': bank.withdrew(who, minor, { backdated }); break;
      case 'transfer': if (who !== other) bank.transferred(who, other, minor, { backdated }); break;
      case 'income': bank.changed(who, 'income', { amount: `${minor}.00`, currency: 'CNY' }); break;
      case 'tick': bank.ticked(); break;
      case 'branch': bank.say(`customer-${customerId}`, 'CustomerBranchAssigned', { customerId, before: null, after: `B${other % 3}` }); break;
      case 'freeze': bank.say('ledger-0', minor % 2 === 0 ? 'AccountFrozen' : 'AccountUnfrozen', { accountId: accountId(who), customerId, mode: 'full', reason: 'x' }); break;
      case 'merge': if (who !== other) {
        bank.say(`customer-${customerId}`, 'CustomerMerged', { customerId, mergeId: customerId, into: personId(other) });
        gone.add(who);
      } break;
      case 'erase': {
        bank.say(`customer-${customerId}`, 'CustomerErased', { customerId });
        gone.add(who);
      }
    }
  }
  return bank.log;
}
