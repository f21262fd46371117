/** A line of the trial balance: accounts that are summed together. */
export interface Line {
  readonly currency: string;
  readonly kind: string;
  readonly product: string;
  /** The side on which the line's balance is positive. */
  readonly normalSide: string;
}
