#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { certificatesCommand } from './infra/certificates/certificates-command.js';
import { auditCommand } from './infra/audit/audit-command.js';
import { importCommand } from './infra/import/import-command.js';
import { PartFailure } from './infra/processes/part-failure.js';
import { roleCommand } from './infra/roles/role-command.js';
import { startCommand } from './infra/supervisor/start-command.js';
import { ConfigFault } from './shared/config/config.js';

/** Composition only: one program, its roles and tools are words. Wrong usage ends with 2. */
try {
  await new Command('passbook')
    .description('An event-sourced core-banking CRM')
    .addCommand(startCommand(import.meta.filename))
    .addCommand(roleCommand())
    .addCommand(auditCommand())
    .addCommand(importCommand())
    .addCommand(certificatesCommand())
    .parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof ConfigFault || error instanceof PartFailure) {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error instanceof ConfigFault ? 2 : 1;
  } else throw error;
}
