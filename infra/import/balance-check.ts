import { absolute } from './day-order.js';

/** One of the two questions about the recorded balances. Amounts in minor units. */
export interface BalanceTally {
  readonly checked: number;
  readonly reconciled: number;
  readonly worst: { readonly difference: bigint; readonly line: number } | undefined;
}

/** Counts lines whose recorded balance is within the tolerance of what it should be, and keeps the worst. */
export class BalanceCheck {
  #checked = 0;
  #reconciled = 0;
  #worst: BalanceTally['worst'];
  constructor(private readonly tolerance: bigint) {}

  add(difference: bigint, line: number): void {
    this.#checked++;
    if (absolute(difference) <= this.tolerance) this.#reconciled++;
    if (!this.#worst || absolute(difference) > absolute(this.#worst.difference)) this.#worst = { difference, line };
  }

  get tally(): BalanceTally {
    return { checked: this.#checked, reconciled: this.#reconciled, worst: this.#worst };
  }
}
