import t from 'tap';
import { randomUUID } from 'node:crypto';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { makeEscrowKey } from '../../../shared/crypto/escrow.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Profile } from '../../../shared/events/customers/profile.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { accept } from '../../../shared/kernel/decision.js';
import { createRecords } from '../../../shared/records/record.js';
import { historyItem } from '../history.js';
import { customerRecord, type CustomerState } from '../state.js';
import { person } from '../testing/people.js';
import { backupName, openBackup } from './backups.js';
import { createErasures, type AccountsOf } from './erasures.js';
import { yearsAfterBusiness } from './retention.js';

const NAME = 'Zephyrine Quillfeather';
const AT = new Date('2026-03-02T08:00:00.000Z');
const context = (id: string): CommandContext => ({ commandId: randomUUID(), repeatable: false, correlationId: 'c', actor: { id, role: 'risk-officer', channel: 'counter' }, at: AT });

type ErasedState = Extract<CustomerState, { status: 'erased' }>;

class Killed extends Error {
  override readonly name = 'Killed';
}

/** A bank in memory whose process is killed before or after any one of what it does to others. */
async function bank({ years = 0, accounts = { open: false } as AccountsOf } = {}) {
  const store = memoryEventStore();
  const vault = createMemoryVault();
  const codec = createCodec(vault);
  const written = new Map<string, string>();
  const barred = new Set<string>();
  const escrow = makeEscrowKey();
  const kill: { at: string | undefined } = { at: undefined };
  const done: string[] = [];
  const ledger = { open: false };
  const doing = async <T>(what: string, act: () => Promise<T> | T): Promise<T> => {
    done.push(what);
    if (kill.at === `before ${what}`) throw new Killed();
    const result = await act();
    if (kill.at === `after ${what}`) throw new Killed();
    return result;
  };
  const append: typeof store.append = (stream, events, expected) => doing(events.map(({ type }) => type).join(), () => store.append(stream, events, expected));
  const records = createRecords({ store: { ...store, append, readStream: store.readStream.bind(store) } as typeof store, codec });
  const erasures = createErasures({
    records, today: (at) => at.toISOString().slice(0, 10), retentionUntil: yearsAfterBusiness(years), escrowKey: escrow.key,
    accountsOf: async () => accounts,
    vault: { erase: (subject) => doing('erase', () => vault.erase(subject)) },
    barCustomer: (id) => doing('bar', () => (ledger.open ? 'customer_has_open_accounts' : void barred.add(id))),
    backups: { write: (name, content) => doing('backup', () => void written.set(name, content)) },
  });
  const customerId = randomUUID();
  await records.execute(customerRecord, customerId, context('wang'), () =>
    accept<CustomerEvent>({ type: 'CustomerRegistered', data: { customerId, kind: 'individual', profile: { ...person(), name: NAME } as Profile } }));
  const history = async () => (await records.history(customerRecord, customerId, { direction: 'forwards', limit: 100 }))!;
  return { erasures, records, vault, written, barred, escrow, kill, done, ledger, customerId, history, types: async () => (await history()).map(({ event }) => event.type) };
}

const WHOLE = ['CustomerRegistered', 'CustomerErasureRequested', 'CustomerErasureConfirmed', 'CustomerErasureBarred', 'CustomerErasureBackedUp', 'CustomerErased'];
const STEPS = ['CustomerErasureConfirmed', 'bar', 'CustomerErasureBarred', 'backup', 'CustomerErasureBackedUp', 'erase', 'CustomerErased'];

for (const place of STEPS.flatMap((step) => [`before ${step}`, `after ${step}`]))
  t.test(`killed ${place}, it is carried through by whoever comes next`, async (t) => {
    const { erasures, records, customerId, kill, types, written, escrow, barred, history, vault } = await bank();
    await erasures.request({ customerId, reason: 'letter' }, context('zhang'));
    kill.at = place;
    await t.rejects(erasures.confirm(customerId, context('li')), { name: 'Killed' });
    kill.at = undefined;
    if (place === 'before CustomerErasureConfirmed') await erasures.confirm(customerId, context('li'));
    else await erasures.advance(customerId, context('nobody'));
    t.same(await types(), WHOLE, 'every step once');
    t.ok(barred.has(customerId));
    const { backup } = ((await records.load(customerRecord, customerId))!.state as ErasedState).erasure!;
    const content = written.get(backupName(customerId, backup!.sha256))!;
    t.match(openBackup(content, escrow.shares), NAME, 'the backup that the stream names has the record, whenever it was cut short');
    t.notMatch(content, NAME);
    await t.rejects(vault.keysOf([customerId]), { name: 'SubjectErased' });
    const told = JSON.stringify((await history()).map(historyItem));
    t.notMatch(told, new RegExp(`${NAME}|letter`));
    t.match(told, /zhang/);
    await erasures.advance(customerId, context('nobody'));
    t.same(await types(), WHOLE, 'and nothing more when asked again');
  });

t.test('nothing is destroyed before the backup is there', async (t) => {
  const { erasures, customerId, done } = await bank();
  await erasures.request({ customerId, reason: 'letter' }, context('zhang'));
  done.length = 0;
  await erasures.confirm(customerId, context('li'));
  t.same(done, STEPS);
});

t.test('an account opened at the last moment ends it before anything is destroyed', async (t) => {
  const { erasures, customerId, ledger, types, written, vault } = await bank();
  await erasures.request({ customerId, reason: 'letter' }, context('zhang'));
  ledger.open = true;
  t.match(await erasures.confirm(customerId, context('li')).catch((error: unknown) => error), { rejection: { code: 'customer_has_open_accounts' } });
  t.same(await types(), [...WHOLE.slice(0, 3), 'CustomerErasureWithdrawn']);
  t.equal(written.size, 0);
  t.equal((await vault.keysOf([customerId])).size, 1);
});

t.test('while the law has it kept the answer is a restriction, of which the end is told', async (t) => {
  const { erasures, customerId, types, records } = await bank({ years: 5, accounts: { open: false, lastClosedAt: '2026-01-31T10:00:00.000Z' } });
  await erasures.request({ customerId, reason: 'letter' }, context('zhang'));
  await erasures.request({ customerId, reason: 'letter' }, context('zhang'));
  t.same(await types(), ['CustomerRegistered', 'CustomerRestricted']);
  t.match((await records.load(customerRecord, customerId))!.state, { status: 'active', restriction: { until: '2031-01-31' }, erasure: null });
  t.match(await erasures.confirm(customerId, context('li')).catch((error: unknown) => error), { rejection: { code: 'erasure_not_requested' } });
});
