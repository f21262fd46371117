import { createHash, randomUUID } from 'node:crypto';
import { makeEscrowKey } from '../../../shared/crypto/escrow.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Profile } from '../../../shared/events/customers/profile.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { accept } from '../../../shared/kernel/decision.js';
import { createRecords } from '../../../shared/records/record.js';
import { openedLines, type BackupLine } from '../erasure/backup-lines.js';
import type { Backups } from '../erasure/backups.js';
import { createErasures, recordOpened, type AccountsOf } from '../erasure/erasures.js';
import { yearsAfterBusiness, yearsLater } from '../erasure/retention.js';
import { customerRecord } from '../state.js';
import { person } from './people.js';

export const NAMES = { main: 'Zephyrine Quillfeather', old: 'Zephyrine Wolkenstein' };
export const AT = new Date('2026-03-02T08:00:00.000Z');

export const contextOf = (id: string, at = AT): CommandContext =>
  ({ commandId: randomUUID(), repeatable: false, correlationId: 'c', actor: { id, role: 'risk-officer', channel: 'counter' }, at });

export class Killed extends Error {
  override readonly name = 'Killed';
}

export interface ErasingBankOptions {
  readonly years?: number;
  readonly backupYears?: number;
  readonly accounts?: AccountsOf;
  readonly escrowed?: boolean;
}

/**
 * Erasure in memory, of a person with two ids, whose process is killed before or after any one of what it does to others: set `kill.at` to
 * "before bar main", "after CustomerErased" and the like.
 */
export async function erasingBank({ years = 0, backupYears = 5, accounts: found = { open: false }, escrowed = true }: ErasingBankOptions = {}) {
  const accounts: { open: boolean; lastClosedAt?: string } = { ...found };
  const store = memoryEventStore();
  const vault = createMemoryVault();
  const codec = createCodec(vault);
  const ids = { main: randomUUID(), old: randomUUID() };
  const nameOf = (id: string): string => (id === ids.main ? 'main' : id === ids.old ? 'old' : 'backup key');
  const files = new Map<string, string[]>();
  const barred = new Set<string>();
  const documents = new Set<string>(Object.values(ids));
  const escrow = makeEscrowKey();
  const kill: { at: string | undefined } = { at: undefined };
  const done: string[] = [];
  const ledger = { open: false };
  const cases = { open: false };
  const doing = async <T>(what: string, act: () => Promise<T> | T): Promise<T> => {
    done.push(what);
    if (kill.at === `before ${what}`) throw new Killed();
    const result = await act();
    if (kill.at === `after ${what}`) throw new Killed();
    return result;
  };
  const append: typeof store.append = (stream, events, expected) =>
    doing(`${events.map(({ type }) => type).join()}${stream.endsWith(ids.old) ? ' old' : ''}`, () => store.append(stream, events, expected));
  const records = createRecords({ store: { ...store, append, readStream: store.readStream.bind(store) } as typeof store, codec });
  const backups: Backups = {
    write: async (customerId, lines) => {
      const written = await all(lines);
      const sha256 = createHash('sha256').update(written.join('')).digest('hex');
      return doing('backup', () => (files.set(`${customerId} ${sha256}`, written), sha256));
    },
    async *read(customerId, sha256) {
      yield* files.get(`${customerId} ${sha256}`)!;
    },
    remove: (customerId, except) => doing('remove', () => {
      for (const name of files.keys()) if (name.startsWith(customerId) && name !== `${customerId} ${except}`) files.delete(name);
    }),
  };
  const erasures = createErasures({
    records, backups, today: (at) => at.toISOString().slice(0, 10), retentionUntil: yearsAfterBusiness(years), escrowKey: escrowed ? escrow.key : undefined,
    backupKeptUntil: (at) => yearsLater(at.toISOString().slice(0, 10), backupYears),
    idsOf: async () => [ids.main, ids.old],
    hooks: [{
      name: 'documents',
      async *backUp(id) {
        yield { scan: `scan of ${nameOf(id)}` };
      },
      erase: (id) => doing(`documents ${nameOf(id)}`, () => void documents.delete(id)),
    }],
    accountsOf: async () => accounts,
    hasOpenCase: async () => cases.open,
    vault: { keysOf: (subjects) => vault.keysOf(subjects), erase: (subject) => doing(`erase ${nameOf(subject)}`, () => vault.erase(subject)) },
    barCustomer: (id) => doing(`bar ${nameOf(id)}`, () => (ledger.open && id === ids.old ? 'customer_has_open_accounts' : void barred.add(id))),
    liftBar: (id) => doing(`lift ${nameOf(id)}`, () => void barred.delete(id)),
  });
  for (const [which, customerId] of Object.entries(ids))
    await records.execute(customerRecord, customerId, contextOf('wang'), () =>
      accept<CustomerEvent>({ type: 'CustomerRegistered', data: { customerId, kind: 'individual', profile: { ...person(), name: NAMES[which as 'main' | 'old'] } as Profile } }));
  done.length = 0;
  const customerId = ids.main;
  const history = async (id = customerId) => (await records.history(customerRecord, id, { direction: 'forwards', limit: 100 }))!;
  const stateOf = async (id = customerId) => (await records.load(customerRecord, id))!.state;
  return {
    erasures, records, vault, accounts, cases, files,
    /** The log as the erasure sees it. */
    store: { ...store, append, readStream: store.readStream.bind(store) } as typeof store, barred, documents, escrow, kill, done, ledger, ids, customerId, history, stateOf,
    types: async (id = customerId) => (await history(id)).map(({ event }) => event.type),
    request: () => erasures.request({ customerId, reason: 'letter' }, contextOf('zhang')),
    confirm: () => erasures.confirm({ customerId }, contextOf('li')),
    advance: () => erasures.advance(customerId, contextOf('passbook')),
    /** What opening it was refused with. */
    openWith: (openingId: string): Promise<unknown> => recordOpened({ records }, { customerId, openingId }, contextOf('passbook-audit')).then(() => undefined, (error: unknown) => error),
    /** What the backup that the stream names says. */
    async opened(shares: readonly string[] = escrow.shares): Promise<BackupLine[]> {
      const state = await stateOf();
      const { sha256 } = state.status === 'absent' ? undefined! : state.erasure!.backup!;
      return all(openedLines(customerId, backups.read(customerId, sha256), shares, (keyIds) => vault.keysById(keyIds)));
    },
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
