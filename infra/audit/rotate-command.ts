import type { Command } from 'commander';
import { rootKeyFile } from '../../shared/crypto/root-key-file.js';
import type { BankRecords } from './open-records.js';
import { complain, EXIT, print, withRecords } from './shell.js';

/** Replaces the vault's root key, beside the running bank or on a stopped one's data. */
export function addRotateCommand(audit: Command): void {
  audit.command('rotate-root-key')
    .description('replaces the root key: every key under it is wrapped anew in one transaction and the old root is destroyed; the bank goes on meanwhile. What it is interrupted at is finished or undone at the next opening')
    .action(() => withRecords(rotate));
}

async function rotate({ vault, config }: BankRecords): Promise<number> {
  const generation = async (): Promise<number | undefined> => (await rootKeyFile(config.rootKeyFile).read()).current?.generation;
  const [before, begun] = [await generation(), performance.now()];
  await vault.rotateRoot();
  const after = await generation();
  if (before === undefined || after === undefined || after <= before) return complain('the root key is not another: somebody else replaces it now; try again', EXIT.differences);
  print(`root key of generation ${after} in place of ${before} (${Math.round(performance.now() - begun)} ms); the old one is destroyed`);
  print('Backups of database vault from before open nothing any more: make one now, and keep it apart from the root key.');
  return EXIT.clean;
}
