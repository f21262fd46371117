import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { openEscrow, sealToEscrow, type EscrowKey, type EscrowSealed } from '../../../shared/crypto/escrow.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Recorded } from '../../../shared/events/definition.js';

/** Where backups of customers about to be erased go; each is there whole or not at all once it is written. */
export interface Backups {
  write(name: string, content: string): Promise<void>;
}

export interface Backup {
  readonly escrowKeyId: string;
  /** Of the file, hex. */
  readonly sha256: string;
}

/** Seals the customer's record, every event of it opened, and writes it. */
export async function backUp(backups: Backups, key: EscrowKey, customerId: string, events: readonly Recorded<CustomerEvent>[]): Promise<Backup> {
  const record = { customerId, events: events.map(({ id, revision, position, event, metadata }) => ({ id, revision: Number(revision), position: position.toString(), ...event, metadata })) };
  const content = `${JSON.stringify(sealToEscrow(JSON.stringify(record), key, purposeOf(customerId)))}\n`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  await backups.write(backupName(customerId, sha256), content);
  return { escrowKeyId: key.keyId, sha256 };
}

/** Of its own content: a process that comes late, when the key is gone already, replaces nothing. */
export const backupName = (customerId: string, sha256: string): string => `${customerId}.${sha256.slice(0, 16)}.escrow.json`;

const purposeOf = (customerId: string): string => `backup of customer ${customerId}`;

/** What a backup holds, as JSON. Throws EscrowFault. */
export const openBackup = (content: string, shares: readonly string[]): string => openEscrow(JSON.parse(content) as EscrowSealed, shares);

export const readBackup = (file: string): Promise<string> => readFile(file, 'utf8');

export function backupFolder(folder: string): Backups {
  return {
    async write(name, content) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = path.join(folder, `.${name}.${randomUUID()}`);
      await synced(draft, 'wx', (file) => file.writeFile(content));
      await rename(draft, path.join(folder, name));
      // The name as well must be on the disk before the key is destroyed.
      await synced(folder, 'r', async () => undefined);
    },
  };
}

async function synced(name: string, flags: string, write: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const file = await open(name, flags, 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
