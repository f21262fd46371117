import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import { monthsBetween } from './period.js';
import type { FlowRow, OwnRow } from './queries.js';

/** What came in, what went out and what went from one own account to another, in minor units. */
class Flow {
  incoming = 0n;
  outgoing = 0n;
  own = 0n;
  entries = 0;

  add({ incoming, outgoing, own, entries }: { readonly incoming: bigint; readonly outgoing: bigint; readonly own: bigint; readonly entries: number }): void {
    this.incoming += incoming;
    this.outgoing += outgoing;
    this.own += own;
    this.entries += entries;
  }
}

export type FlowReport = ReturnType<typeof flowReport>;

/**
 * By currency and month, every month of the range, and in each by kind. `own`: what one person's accounts paid each other, which is then neither in nor
 * out; undefined where one account is asked about. `currencies`: those that are there though nothing moved.
 */
export function flowReport(range: { readonly from: string; readonly to: string }, currencies: readonly CurrencyCode[], rows: readonly FlowRow[], own: readonly OwnRow[] | undefined) {
  const flows = new Map<string, Flow>();
  const flowOf = (currency: string, month: string, kind: string): Flow => {
    const key = `${currency} ${month} ${kind}`;
    const flow = flows.get(key) ?? new Flow();
    flows.set(key, flow);
    return flow;
  };
  for (const { currency, month, kind, incoming, outgoing, entries } of rows) flowOf(currency, month, kind).add({ incoming: BigInt(incoming), outgoing: BigInt(outgoing), own: 0n, entries });
  for (const { currency, month, kind, amount } of own ?? []) flowOf(currency, month, kind).add({ incoming: -BigInt(amount), outgoing: -BigInt(amount), own: BigInt(amount), entries: 0 });

  const report = (currency: CurrencyCode) => {
    const text = (minor: bigint) => amountText(minor, currency);
    const shown = ({ incoming, outgoing, own: moved, entries }: Flow) =>
      ({ in: text(incoming), out: text(outgoing), net: text(incoming - outgoing), ...(own && { own: text(moved) }), entries });
    const total = new Flow();
    const months = monthsBetween(range.from, range.to).map((month) => {
      const sum = new Flow();
      const kinds = KINDS.flatMap((kind) => {
        const flow = flows.get(`${currency} ${month} ${kind}`);
        if (flow === undefined) return [];
        sum.add(flow);
        return [{ kind, ...shown(flow) }];
      });
      total.add(sum);
      return { month, ...shown(sum), kinds };
    });
    return { currency, ...shown(total), months };
  };
  return { ...range, currencies: [...new Set(currencies)].sort().map(report) };
}

export const KINDS = ['deposit', 'withdrawal', 'transfer', 'reversal', 'hold-capture'] as const;
