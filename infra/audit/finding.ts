/** One thing that is not as it must be. */
export interface Finding {
  /** Stable, for scripts: "log_gap", "ledger_unbalanced", "row_differs" … */
  readonly code: string;
  /** Where: "ledger-0/42", "accounts.account 4f1c…". */
  readonly where: string;
  readonly detail: string;
}

/** The read models are not wrong but not complete: what they have was compared, the rest they have yet to get. */
export const INCOMPLETE: readonly string[] = ['lane_halted', 'read_model_behind', 'read_model_missing'];
