import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../../shared/events/ledger/events.js';
import { amountText, moneyOf, type CurrencyCode } from '../../../shared/kernel/money.js';

/** One leg as the log has it. */
export interface TestEntry {
  readonly accountId: string;
  readonly customerId: string | undefined;
  readonly date: string;
  readonly kind: string;
  readonly channel: string;
  readonly currency: CurrencyCode;
  /** What it does to the balance of a customer's account. */
  readonly signed: bigint;
  /** The owner of the account on the other side, where the movement has two legs. */
  readonly other: string | undefined;
}

const KINDS: Readonly<Record<string, string>> = { DepositPosted: 'deposit', WithdrawalPosted: 'withdrawal', TransferPosted: 'transfer', ReversalPosted: 'reversal', HoldCaptured: 'hold-capture' };

export const entriesIn = (events: readonly Recorded[]): TestEntry[] =>
  events.flatMap(({ event, metadata }) => {
    const { type, data } = event as LedgerEvent;
    const legs: readonly Leg[] = 'legs' in data ? data.legs : [];
    return legs.map(({ accountId, customerId, side, money }, index) => {
      const { minor, currency } = moneyOf(money);
      return {
        accountId, customerId, date: metadata.bookingDate!, kind: KINDS[type]!, channel: metadata.actor.channel, currency, signed: side === 'credit' ? minor : -minor,
        other: legs.length === 2 ? legs[1 - index]!.customerId : undefined,
      };
    });
  });

/** In, out, own (where `person` is given) and how many entries, the slow way. */
export function flowOf(entries: readonly TestEntry[], currency: CurrencyCode, person?: readonly string[]) {
  const isOwn = ({ other }: TestEntry): boolean => person !== undefined && other !== undefined && person.includes(other);
  const sum = (of: (entry: TestEntry) => boolean): bigint => entries.filter((entry) => entry.currency === currency && of(entry)).reduce((all, { signed }) => all + signed, 0n);
  const text = (minor: bigint) => amountText(minor, currency);
  const [incoming, outgoing] = [sum((entry) => entry.signed > 0n && !isOwn(entry)), -sum((entry) => entry.signed < 0n && !isOwn(entry))];
  return {
    in: text(incoming), out: text(outgoing), net: text(incoming - outgoing), ...(person && { own: text(sum((entry) => entry.signed > 0n && isOwn(entry))) }),
    entries: entries.filter((entry) => entry.currency === currency).length,
  };
}

/** The balance at the end of a day, the slow way. */
export const balanceOn = (entries: readonly TestEntry[], currency: CurrencyCode, date: string): bigint =>
  entries.filter((entry) => entry.currency === currency && entry.date <= date).reduce((all, { signed }) => all + signed, 0n);
