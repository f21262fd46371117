import t from 'tap';
import { createMemoryVault } from './memory-vault.js';
import { vaultContract } from './vault-contract.js';

await vaultContract(t, async () => createMemoryVault());
