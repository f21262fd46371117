import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { BankRecords } from '../../infra/audit/open-records.js';
import type { LedgerCommand } from '../../services/ledger/commands.js';
import { openLedgerShard, type LedgerShard } from '../../services/ledger/ledger-shard.js';
import { postgresIndex } from '../../services/ledger/postgres-index.js';
import { postgresSnapshots } from '../../services/ledger/postgres-snapshots.js';
import type { Money } from '../../shared/kernel/money.js';
import { seededRandom } from '../seeded-random.js';
import { accountIdOf, customerIdOf, depositIdOf, movementIdOf, ownerOf, type Founded } from './founded-ids.js';

const WAITING = 8_000;
const FOUNDER = { id: 'founder', role: 'system', channel: 'batch' } as const;
const cny = (minor: number): Money => ({ currency: 'CNY', minor: BigInt(minor) });

/** Opens the accounts, pays something into each and moves money between them: commands to the ledger itself, which groups them as it does those of HTTP, only more at a time. */
export async function foundMoney(records: BankRecords, founded: Founded, progressed: (what: string, done: number) => void): Promise<void> {
  const ledger = await openLedgerShard({
    shard: 0, shards: records.config.ledgerShards, eventStore: records.log, codec: records.codec, logger: pino({ level: 'warn' }), clock: () => new Date(), ids: randomUUID,
    index: await postgresIndex(records.readPool), snapshots: await postgresSnapshots(records.readPool),
    config: { timeZone: records.config.timeZone, intakeCapacity: WAITING + 1, maxGroupEvents: 1_000, answerTimeoutMs: 120_000, snapshotEvery: 2_000_000 },
  });
  const random = seededRandom(founded.transactions);
  try {
    await inOrder(founded.accounts, async (n) => must(ledger, accountIdOf(n), opening(n, founded)), (done) => progressed('accounts', done));
    await inOrder(founded.accounts, async (n) => must(ledger, depositIdOf(n), { kind: 'deposit', accountId: accountIdOf(n), money: cny(1_000_000 + Math.floor(random() * 3_000_000)), channel: 'batch' }), (done) => progressed('first deposits', done));
    await inOrder(founded.transactions, async (n) => must(ledger, movementIdOf(n), movement(random, founded)), (done) => progressed('transactions', done));
    await ledger.snapshot();
  } finally {
    await ledger.stop();
  }
}

function opening(n: number, founded: Founded): LedgerCommand {
  const customerId = customerIdOf(ownerOf(n, founded));
  return { kind: 'open-account', product: 'current-overdraft', currency: 'CNY', customerId, holders: [{ customerId, role: 'owner' }] };
}

/** Six of ten are transfers, small amounts far more often than large ones; what is paid out is little beside what was paid in. */
function movement(random: () => number, { accounts }: Founded): LedgerCommand {
  const some = (): number => Math.floor(random() * accounts);
  const money = cny(1 + Math.floor(10 ** (random() * 4)));
  const [kind, from, to] = [random(), some(), some()];
  if (kind < 0.6 && from !== to) return { kind: 'transfer', from: accountIdOf(from), to: accountIdOf(to), money };
  return { kind: kind < 0.85 ? 'deposit' : 'withdraw', accountId: accountIdOf(from), money, channel: kind < 0.95 ? 'online' : 'atm' };
}

/** Commands in order of their numbers, as many waiting at a time as the ledger takes. */
async function inOrder(count: number, work: (n: number) => Promise<void>, progressed: (done: number) => void): Promise<void> {
  let [next, done] = [0, 0];
  await Promise.all(Array.from({ length: Math.min(WAITING, count) }, async () => {
    while (next < count) {
      await work(next++);
      if (++done % 10_000 === 0 || done === count) progressed(done);
    }
  }));
}

async function must(ledger: LedgerShard, commandId: string, command: LedgerCommand): Promise<void> {
  const given = await ledger.execute(command, { commandId, repeatable: false, correlationId: commandId, actor: FOUNDER });
  if (given.outcome === 'refused') throw new Error(`${command.kind} was refused: ${given.rejection.code} ${given.rejection.detail ?? ''}`);
}
