#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { PartFailure } from './infra/processes/part-failure.js';
import { ConfigFault } from './shared/config/config.js';

/** Composition only: one program, its roles and tools are words. Each is loaded when it is called: a tool that loads the whole bank takes seconds to say a word. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  all: async () => (await import('./infra/supervisor/start-command.js')).startCommand(import.meta.filename),
  role: async () => (await import('./infra/roles/role-command.js')).roleCommand(),
  audit: async () => (await import('./infra/audit/audit-command.js')).auditCommand(),
  import: async () => (await import('./infra/import/import-command.js')).importCommand(),
  'make-certificates': async () => (await import('./infra/certificates/certificates-command.js')).certificatesCommand(),
};

/** Wrong usage ends with 2. */
try {
  const called = COMMANDS[process.argv[2] ?? ''];
  const program = new Command('passbook').description('An event-sourced core-banking CRM');
  for (const load of called ? [called] : Object.values(COMMANDS)) program.addCommand(await load());
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof ConfigFault || error instanceof PartFailure) {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error instanceof ConfigFault ? 2 : 1;
  } else throw error;
}
