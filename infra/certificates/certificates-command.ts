import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { HOLDERS, makeBankCertificates } from './bank-certificates.js';

export function certificatesCommand(): Command {
  return new Command('make-certificates')
    .description('make an authority and a certificate for each part of a bank, for development; called again it renews what runs out')
    .argument('<folder>', 'where they are written, private keys with mode 0600')
    .option('--host <name...>', 'further names or addresses that the certificates are good for')
    .option('--days <days>', 'how long they are good', daysOf, 90)
    .action(async (folder: string, { host = [], days }: { host?: string[]; days: number }) => {
      await makeBankCertificates(path.resolve(folder), { hosts: host, days });
      process.stdout.write(`${HOLDERS.map((holder) => path.join(folder, `${holder}.crt`)).join('\n')}\n\n`
        + 'Tell each program its own: PASSBOOK_TLS_CA_FILE, PASSBOOK_TLS_CERT_FILE, PASSBOOK_TLS_KEY_FILE (docs/guides/deployment-security.md).\n');
    });
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3_650) throw new InvalidArgumentError('a whole number from 1 to 3650');
  return days;
}
