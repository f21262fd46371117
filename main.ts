#!/usr/bin/env node
import { Command } from 'commander';
import { auditCommand } from './infra/audit/audit-command.js';
import { importCommand } from './infra/import/import-command.js';
import { roleCommand } from './infra/roles/role-command.js';
import { startCommand } from './infra/supervisor/start-command.js';

/** Composition only: one program, its roles and tools are words. */
await new Command('passbook')
  .description('An event-sourced core-banking CRM')
  .addCommand(startCommand(import.meta.filename))
  .addCommand(roleCommand())
  .addCommand(auditCommand())
  .addCommand(importCommand())
  .parseAsync();
