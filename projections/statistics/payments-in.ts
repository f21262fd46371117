import type { Entry } from '../ledger/movement.js';

/** What one customer's account paid another's. */
export interface Payment {
  readonly from: string;
  readonly to: string;
  readonly currency: string;
  readonly minor: bigint;
}

/**
 * Who paid whom in a movement: in each currency the debits, in the order of the legs, meet the credits in theirs. Where one side has one leg, as in all that
 * the bank books by itself, there is no other way. Only what goes from customer to customer, which may be the same.
 */
export function* paymentsIn(entries: readonly Entry[]): Iterable<Payment> {
  for (const currency of new Set(entries.map((entry) => entry.currency))) {
    const on = (side: Entry['side']) => entries.filter((entry) => entry.currency === currency && entry.side === side).map(({ customerId, minor }) => ({ customerId, minor }));
    const [debits, credits] = [on('debit'), on('credit')];
    for (let [from, to] = [debits.shift(), credits.shift()]; from && to; ) {
      const minor = from.minor < to.minor ? from.minor : to.minor;
      if (minor > 0n && from.customerId !== null && to.customerId !== null) yield { from: from.customerId, to: to.customerId, currency, minor };
      from.minor -= minor;
      to.minor -= minor;
      if (from.minor === 0n) from = debits.shift();
      if (to.minor === 0n) to = credits.shift();
    }
  }
}
