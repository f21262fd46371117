import { ledgerStream } from '../../services/ledger/general-ledger.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import { moneyOf } from '../../shared/kernel/money.js';
import type { LoggedMovement } from '../transfer-history.js';

/** The revision of the ledger's last event. */
export async function ledgerRevision(log: EventStore): Promise<bigint> {
  for await (const { revision } of log.readStream(ledgerStream(0), { direction: 'backwards', limit: 1 })) return revision;
  return -1n;
}

/** What the ledger's stream says after a revision: every movement and hold, and what should not be there. */
export async function loggedAfter(log: EventStore, revision: bigint): Promise<{ readonly moves: readonly LoggedMovement[]; readonly differences: readonly string[] }> {
  const moves: LoggedMovement[] = [];
  const differences: string[] = [];
  for await (const stored of log.readStream(ledgerStream(0), { from: revision + 1n })) {
    const read = moveIn(stored);
    if (typeof read === 'string') differences.push(read);
    else if (read) moves.push(read);
  }
  return { moves, differences };
}

/** Undefined: what the ledger writes by itself, or what announces others. A text: what is wrong. */
function moveIn({ type, data, revision }: Pick<StoredEvent, 'type' | 'data' | 'revision'>): LoggedMovement | string | undefined {
  const event = { type, data } as LedgerEvent;
  switch (event.type) {
    case 'TransferBatchReceived':
    case 'BusinessDateOpened':
    case 'LedgerClaimed':
      return undefined;
    case 'HoldPlaced':
      return { id: event.data.holdId, from: event.data.accountId, to: 'hold', minor: minor(event.data.money) };
    case 'TransferPosted':
    case 'DepositPosted':
    case 'HoldCaptured':
      return ofLegs(event.data.movementId, event.data.legs, revision);
    default:
      return `${type} at revision ${revision}: nobody asked for it`;
  }
}

function ofLegs(id: string, legs: readonly Leg[], revision: bigint): LoggedMovement | string {
  const [from, to] = [legs.find(({ side }) => side === 'debit'), legs.find(({ side }) => side === 'credit')];
  const sum = legs.reduce((total, { side, money }) => total + (side === 'debit' ? -minor(money) : minor(money)), 0n);
  if (!from || !to || legs.length !== 2 || sum !== 0n) return `the movement at revision ${revision} has ${legs.length} legs that sum to ${sum}`;
  return { id, from: from.customerId === undefined ? 'bank' : from.accountId, to: to.customerId === undefined ? 'bank' : to.accountId, minor: minor(from.money) };
}

const minor = (money: Leg['money']): bigint => moneyOf(money).minor;
