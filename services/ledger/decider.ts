import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, unreachable } from '../../shared/kernel/decision.js';
import type { LedgerCommand } from './commands.js';
import { decideChangeHolders, decideClose, decideFreeze, decideOpenAccount, decideUnfreeze } from './decide-accounts.js';
import { decideBarCustomer, decideLiftBar } from './decide-bars.js';
import { decideBusinessDate, decideClaim, decideFounding, decideGeneralLedger } from './decide-founding.js';
import { decideCapture, decideExpiry, decidePlaceHold, decideRelease } from './decide-holds.js';
import { decideDeposit, decideTransfer, decideWithdrawal, type LedgerDecision } from './decide-movements.js';
import { decideReversal, type OriginalMovement } from './decide-reversal.js';
import type { LedgerState } from './state.js';

export type { LedgerDecision } from './decide-movements.js';

/** What deciding takes from outside. */
export interface Moment {
  /** The command's id, which is also the id of what it creates. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** For a reversal: the movement as the log has it; absent where there is none. */
  readonly original?: OriginalMovement | undefined;
  /** For a hold that is not open: whether the log knows it. */
  readonly holdKnown?: boolean;
}

/** The command without the atomic batch, which decides line by line over a changing state (`batch.ts`). */
export type SingleCommand = Exclude<LedgerCommand, { kind: 'transfer-batch' }> | BatchReceipt;

/** A batch's first event: its key is taken from here on, whatever becomes of its lines. */
export interface BatchReceipt {
  readonly kind: 'receive-batch';
  readonly atomic: boolean;
  readonly lines: number;
}

/** The ledger's decider: pure, sees only the accounts that the command touches, changes nothing. */
export function decide(state: LedgerState, command: SingleCommand, moment: Moment): LedgerDecision {
  switch (command.kind) {
    case 'transfer':
      return decideTransfer(state, command, moment.id);
    case 'deposit':
      return decideDeposit(state, command, moment.id);
    case 'withdraw':
      return decideWithdrawal(state, command, moment.id);
    case 'reverse':
      return decideReversal(state, command, moment.original, moment.id);
    case 'place-hold':
      return decidePlaceHold(state, command, moment.id, moment.at);
    case 'capture-hold':
      return decideCapture(state, command, moment.holdKnown ?? false, moment.id, moment.at);
    case 'release-hold':
      return decideRelease(state, command, moment.holdKnown ?? false);
    case 'expire-holds':
      return decideExpiry(state, command.limit, moment.at);
    case 'open-account':
      return decideOpenAccount(state, command, moment.id);
    case 'change-holders':
      return decideChangeHolders(state, command);
    case 'freeze':
      return decideFreeze(state, command);
    case 'unfreeze':
      return decideUnfreeze(state, command);
    case 'close-account':
      return decideClose(state, command, moment.id);
    case 'bar-customer':
      return decideBarCustomer(state, command);
    case 'lift-bar':
      return decideLiftBar(state, command);
    case 'found':
      return decideFounding(state, command);
    case 'open-general-ledger':
      return decideGeneralLedger(state);
    case 'claim':
      return decideClaim(state, command.parts);
    case 'open-business-date':
      return decideBusinessDate(state, command.businessDate);
    case 'receive-batch':
      return accept<LedgerEvent>({ type: 'TransferBatchReceived', data: { batchId: moment.id, atomic: command.atomic, lines: command.lines } });
    default:
      return unreachable(command);
  }
}
