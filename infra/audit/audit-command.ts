import { Command } from 'commander';
import { addAlertsCommand } from './alerts-command.js';
import { addCouldHaveCommand } from './could-have.js';
import { addEscrowCommands } from './escrow-commands.js';
import { addLogCommands } from './log-commands.js';
import { addProofCommands } from './proof-commands.js';
import { addReadsCommand } from './reads-command.js';
import { addRebuildCommand } from './rebuild-command.js';
import { addRotateCommand } from './rotate-command.js';
import { addSubjectCommands } from './subject-commands.js';

export function auditCommand(): Command {
  const audit = new Command('audit')
    .description('reads the event log: history, records of the past, replay, verification; beside the running bank or on a stopped one\'s data')
    .addHelpText('after', '\nExit codes: 0 clean, 1 differences found, 2 wrong usage or configuration, 3 the records cannot be opened or read, 4 no such customer, account, stream or type, 5 verify found nothing wrong but a read model that has not got the whole log; 129, 130, 141, 143 ended before it was done')
    .exitOverride();
  addSubjectCommands(audit);
  addLogCommands(audit);
  addRebuildCommand(audit);
  addProofCommands(audit);
  addCouldHaveCommand(audit);
  addEscrowCommands(audit);
  addReadsCommand(audit);
  addAlertsCommand(audit);
  addRotateCommand(audit);
  return audit;
}
