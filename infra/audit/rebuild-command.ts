import type { Command } from 'commander';
import type { BankRecords } from './open-records.js';
import { rebuildReadModels, rebuiltLine } from './rebuild.js';
import { EXIT, print, withRecords } from './shell.js';

/** The one command that has something written, and by the running bank: rebuild. */
export function addRebuildCommand(audit: Command): void {
  audit.command('rebuild').argument('[read-models...]', 'approvals, customers, ledger, accesses, risk; all where none is named')
    .description('has the running bank build read models anew from the log beside those shown, compare and switch; queries go on meanwhile')
    .option('--json', 'comparisons as JSON lines', false)
    .action((names: string[], { json }: { json: boolean }) => withRecords((records) => rebuild(records, names, json)));
}

/** One that differs was damaged before: the new one is what the log says, and is shown. */
async function rebuild(records: BankRecords, names: readonly string[], json: boolean): Promise<number> {
  let differences = 0;
  for await (const rebuilt of rebuildReadModels(records, names)) {
    print(json ? JSON.stringify(rebuilt) : rebuiltLine(rebuilt));
    if (rebuilt.comparison.kind === 'compared' && !rebuilt.comparison.same) differences++;
  }
  return differences === 0 ? EXIT.clean : EXIT.differences;
}
