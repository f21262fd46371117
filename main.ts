#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { auditCommand } from './infra/audit/audit-command.js';
import { importCommand } from './infra/import/import-command.js';
import { roleCommand } from './infra/roles/role-command.js';
import { startCommand } from './infra/supervisor/start-command.js';

/** Composition only: one program, its roles and tools are words. Wrong usage ends with 2. */
try {
  await new Command('passbook')
    .description('An event-sourced core-banking CRM')
    .addCommand(startCommand(import.meta.filename))
    .addCommand(roleCommand())
    .addCommand(auditCommand())
    .addCommand(importCommand())
    .parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
