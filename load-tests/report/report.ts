import type { Founded } from '../founding/founded-ids.js';
import type { Result } from '../run-scenario.js';

/** What report.json holds. */
export interface Report {
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  readonly parts: string;
  /** Absent: the baseline was not run. */
  readonly pgbench?: string;
  readonly founded: Founded;
  readonly seconds: number;
  readonly rounds: number;
  readonly results: readonly Result[];
  /** Of the whole bank, after the last scenario. */
  readonly differences: readonly string[];
  readonly memoryBytesBy: Readonly<Record<string, number>>;
}
