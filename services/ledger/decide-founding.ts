import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, nothing } from '../../shared/kernel/decision.js';
import { generalLedgerNumber } from './account-number.js';
import type { CommandOf } from './commands.js';
import type { LedgerDecision } from './decide-movements.js';
import { generalLedgerAccountId } from './general-ledger.js';
import { CURRENCY_CODES, GENERAL_LEDGER_LINES, lineProduct } from './products.js';
import type { LedgerState } from './state.js';

/** A shard's first append: its place in the bank, the bank's own accounts in every currency, the first business date. */
export function decideFounding(state: LedgerState, command: CommandOf<'found'>): LedgerDecision {
  if (state.founding) return nothing;
  const { shard, shards, timeZone, businessDate } = command;
  return accept<LedgerEvent>(
    { type: 'LedgerFounded', data: { shard, shards, timeZone } },
    ...missingAccounts(state, shard),
    { type: 'BusinessDateOpened', data: { businessDate } },
  );
}

/** The bank's own accounts that this version of the program knows and the shard has not: a new line or currency. */
export function decideGeneralLedger(state: LedgerState): LedgerDecision {
  const [first, ...rest] = missingAccounts(state, state.founding!.shard);
  return first ? accept<LedgerEvent>(first, ...rest) : nothing;
}

function missingAccounts(state: LedgerState, shard: number): LedgerEvent[] {
  return GENERAL_LEDGER_LINES.flatMap(({ line, normalSide }) =>
    CURRENCY_CODES.filter((currency) => state.generalLedgerSlot(line, currency) < 0).map(
      (currency): LedgerEvent => ({
        type: 'AccountOpened',
        data: {
          accountId: generalLedgerAccountId(shard, line, currency),
          accountNumber: generalLedgerNumber(shard, line, currency),
          kind: 'general-ledger',
          normalSide,
          product: lineProduct(line),
          productVersion: 1,
          currency,
          holders: [],
        },
      }),
    ),
  );
}

export function decideClaim(state: LedgerState, parts: number): LedgerDecision {
  const { shard } = state.founding!;
  const claimed = (part: number): LedgerEvent => ({ type: 'LedgerClaimed', data: { shard, part, parts } });
  return accept<LedgerEvent>(claimed(1), ...Array.from({ length: parts - 1 }, (_, index) => claimed(index + 2)));
}

/** The business date only moves forward. */
export function decideBusinessDate(state: LedgerState, businessDate: string): LedgerDecision {
  return businessDate > state.businessDate ? accept<LedgerEvent>({ type: 'BusinessDateOpened', data: { businessDate } }) : nothing;
}
