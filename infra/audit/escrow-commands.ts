import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { systemContext } from '../../shared/http/system-context.js';
import { openedLines } from '../../services/customers/erasure/backup-lines.js';
import { backupFolder } from '../../services/customers/erasure/backups.js';
import { recordOpened } from '../../services/customers/erasure/erasures.js';
import { customerRecord } from '../../services/customers/state.js';
import { EscrowFault, escrowKeyText, makeEscrowKey } from '../../shared/crypto/escrow.js';
import { Refusal } from '../../shared/http/context.js';
import { createRecords } from '../../shared/records/record.js';
import type { BankRecords } from './open-records.js';
import { complain, EXIT, print, withRecords } from './shell.js';

/** The escrow key of backups of erased customers: made once, its shares given to two people; opened by both together for an enquiry that two members of staff agreed on. */
export function addEscrowCommands(audit: Command): void {
  audit.command('make-escrow').description('makes the key that backups of erased customers are sealed to: the public key for PASSBOOK_ESCROW_KEY_FILE, and two shares for two people; nothing keeps the whole')
    .argument('<folder>', 'where escrow.pub, share-1 and share-2 are written; none of them may exist')
    .action((folder: string) => reporting(() => {
      const { key, shares } = makeEscrowKey();
      for (const [index, share] of shares.entries()) writeFileSync(path.join(folder, `share-${index + 1}`), `${share}\n`, { flag: 'wx', mode: 0o600 });
      writeFileSync(path.join(folder, 'escrow.pub'), escrowKeyText(key), { flag: 'wx', mode: 0o644 });
      print(`key ${key.keyId}: give each share to another person and leave none of them here`);
    }));

  audit.command('open-escrow').description('opens the backup of an erased customer for an approved enquiry, which is recorded, and prints it, a line of JSON for each thing that the bank had')
    .requiredOption('--customer <id>', 'the customer').requiredOption('--opening <id>', 'the enquiry, approved by a second person, as its request answered it')
    .requiredOption('--shares <files...>', 'the files of both custodians\' shares')
    .action((options: OpenOptions) => withRecords((records) => openBackup(records, options)));
}

interface OpenOptions {
  readonly customer: string;
  readonly opening: string;
  readonly shares: readonly string[];
}

async function openBackup({ log, codec, vault, config }: BankRecords, { customer: customerId, opening: openingId, shares }: OpenOptions): Promise<number> {
  const records = createRecords({ store: log, codec });
  const { state } = (await records.load(customerRecord, customerId)) ?? {};
  const backup = state !== undefined && state.status !== 'absent' ? state.erasure?.backup : undefined;
  if (!backup) return complain(`there is no backup of a customer ${customerId}`, EXIT.absent);
  const context = systemContext('passbook-audit', new Date());
  try {
    const texts = shares.map((share) => readFileSync(share, 'utf8'));
    const lines = openedLines(customerId, backupFolder(config.erasureBackupsDir).read(customerId, backup.sha256), texts, (ids) => vault.keysById(ids));
    const iterator = lines[Symbol.asyncIterator]();
    // Shares that do not fit open nothing and use nothing up; once they do, it is told before anything is shown.
    let next = await iterator.next();
    await recordOpened({ records }, { customerId, openingId }, context);
    for (; !next.done; next = await iterator.next()) print(JSON.stringify(next.value));
    return EXIT.clean;
  } catch (error) {
    if (error instanceof EscrowFault) return complain(error.message, EXIT.differences);
    if (error instanceof Refusal) return complain(`${error.rejection.code}${error.rejection.detail === undefined ? '' : `: ${error.rejection.detail}`}`, EXIT.differences);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return complain((error as Error).message, EXIT.absent);
    throw error;
  }
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
