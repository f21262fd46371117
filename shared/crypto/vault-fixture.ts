import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '../testing/parts.js';
import { openVault, type VaultOptions } from './postgres-vault.js';
import type { Vault } from './vault.js';

interface Teardown {
  teardown(handler: () => unknown): void;
}

/** A place for one vault (an empty database, an empty folder) that several vault objects, as of several processes, may open. */
export interface VaultPlace {
  readonly databaseUrl: string;
  readonly rootKeyFile: string;
  open(options?: Partial<VaultOptions>): Promise<Vault>;
}

export async function vaultPlace(t: Teardown): Promise<VaultPlace> {
  const databaseUrl = await freshDatabase(t, 'vault');
  const folder = await mkdtemp(join(tmpdir(), 'passbook-vault-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const rootKeyFile = join(folder, 'keys', 'root.key');
  const opened: Vault[] = [];
  t.teardown(() => Promise.all(opened.map((vault) => vault.close())));
  return {
    databaseUrl,
    rootKeyFile,
    async open(options = {}) {
      const vault = await openVault({ postgresUrl: databaseUrl, database: new URL(databaseUrl).pathname.slice(1), rootKeyFile, freshForMs: 0, ...options });
      opened.push(vault);
      return vault;
    },
  };
}
