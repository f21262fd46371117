import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { EventStore } from '../../../shared/event-store/port.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { createRecords } from '../../../shared/records/record.js';
import { startAccessModel, type AccessModelOptions } from '../access-model.js';
import { createAdministration } from '../administration.js';
import type { AccessCommand } from '../commands.js';

export const context = (id: string, at = new Date(), key?: string): CommandContext => ({
  commandId: key ?? randomUUID(), ...(key !== undefined && { commandHash: 'h' }), repeatable: key !== undefined, correlationId: randomUUID(), actor: { id, role: 'administrator', channel: 'online' }, at,
});

/** One process's part of the module over a log: its model and its commands. */
export async function accessProcess(store: EventStore, { vault = createMemoryVault(), ...options }: Partial<AccessModelOptions> & { vault?: Vault } = {}) {
  const codec = createCodec(vault);
  const model = await startAccessModel({ store, codec, logger: pino({ level: 'silent' }), ...options });
  const administration = createAdministration({ records: createRecords({ store, codec }), model });
  return {
    vault, codec, model, administration,
    run: (command: AccessCommand, about = 'x', who = context('bootstrap')) => administration.execute(command, about, who),
  };
}
