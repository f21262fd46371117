import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { openBackup } from '../../services/customers/erasure/backups.js';
import { EscrowFault, escrowKeyText, makeEscrowKey } from '../../shared/crypto/escrow.js';
import { complain, EXIT, print } from './shell.js';

/** The escrow key of backups of erased customers: made once, its shares given to two people; opened by both together. Needs no bank. */
export function addEscrowCommands(audit: Command): void {
  audit.command('make-escrow').description('makes the key that backups of erased customers are sealed to: the public key for PASSBOOK_ESCROW_KEY_FILE, and two shares for two people; nothing keeps the whole')
    .argument('<folder>', 'where escrow.pub, share-1 and share-2 are written; none of them may exist')
    .action((folder: string) => reporting(() => {
      const { key, shares } = makeEscrowKey();
      for (const [index, share] of shares.entries()) writeFileSync(path.join(folder, `share-${index + 1}`), `${share}\n`, { flag: 'wx', mode: 0o600 });
      writeFileSync(path.join(folder, 'escrow.pub'), escrowKeyText(key), { flag: 'wx', mode: 0o644 });
      print(`key ${key.keyId}: give each share to another person and leave none of them here`);
    }));

  audit.command('open-escrow').description('opens the backup of an erased customer with both shares and prints it as JSON')
    .argument('<file>', 'the backup').requiredOption('--shares <files...>', 'the files of both shares')
    .action((file: string, { shares }: { shares: string[] }) => reporting(() => {
      print(openBackup(readFileSync(file, 'utf8'), shares.map((share) => readFileSync(share, 'utf8'))));
    }));
}

function reporting(work: () => void): void {
  try {
    work();
    process.exitCode = EXIT.clean;
  } catch (error) {
    if (error instanceof EscrowFault) process.exitCode = complain(error.message, EXIT.differences);
    else process.exitCode = complain(error instanceof Error ? error.message : String(error), EXIT.usage);
  }
}
