import { amountText } from '../../shared/kernel/money.js';
import type { BranchFlowRow } from './queries.js';

export type BranchFlowReport = ReturnType<typeof branchFlowReport>;

/** Every combination that had an entry; what goes from one customer's account to another's goes out of the one and into the other. */
export const branchFlowReport = (range: { readonly from: string; readonly to: string }, rows: readonly BranchFlowRow[]) => ({
  ...range,
  flows: rows.map(({ month, branch, kind, channel, currency, incoming, outgoing, entries }) => ({
    month, branch, kind, channel, currency, in: amountText(BigInt(incoming), currency), out: amountText(BigInt(outgoing), currency),
    net: amountText(BigInt(incoming) - BigInt(outgoing), currency), entries,
  })),
});
