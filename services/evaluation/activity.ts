import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import type { CustomerFact } from './subject.js';

/** What a customer moved of one currency in a time, to and from others; without reversals and what the bank itself books (interest, fees), which are not their doing. */
export interface Activity {
  readonly customerId: string;
  readonly currency: CurrencyCode;
  readonly movements: number;
  /** In and out together, in minor units. */
  readonly moved: bigint;
  /** Milliseconds since 1970. */
  readonly last: number;
}

/** From a moment on and before another, by their booking times; those who moved nothing are left out. */
export function activityOf(facts: Iterable<CustomerFact>, from: number, until: number): Activity[] {
  const found = new Map<string, Activity>();
  for (const { customerId, kind, at, fields } of facts) {
    if (kind !== 'movement' || at < from || at >= until || fields['own'] === true || fields['kind'] === 'reversal' || fields['channel'] === 'system') continue;
    const { minor, currency } = fields['amount'] as Money;
    const before = found.get(`${customerId} ${currency}`);
    found.set(`${customerId} ${currency}`, { customerId, currency, movements: (before?.movements ?? 0) + 1, moved: (before?.moved ?? 0n) + minor, last: Math.max(at, before?.last ?? at) });
  }
  return [...found.values()];
}
