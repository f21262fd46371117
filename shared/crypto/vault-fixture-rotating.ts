import { openVault } from './postgres-vault.js';

/** A process for the crash test: rotates the root for ever and says each time it has. Arguments: URL of the vault's database, root key file. */
const [databaseUrl, rootKeyFile] = process.argv.slice(2) as [string, string];
const vault = await openVault({ postgresUrl: databaseUrl, database: new URL(databaseUrl).pathname.slice(1), rootKeyFile });
process.stdout.write('open\n');
for (;;) {
  await vault.rotateRoot();
  process.stdout.write('rotated\n');
}
