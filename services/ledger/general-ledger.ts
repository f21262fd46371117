import { commandIdOf, createdIdOf } from '../../shared/kernel/ids.js';
import type { CurrencyCode } from '../../shared/kernel/money.js';
import type { GeneralLedgerLine } from './products.js';

/** The command that founds a shard: the same for every attempt, so that founding twice is founding once. */
export const foundingCommandId = (shard: number): string => commandIdOf('passbook', `ledger-${shard}`, 'found');

/** The id of one of the bank's own accounts. Anyone may work it out: interest, fees and imports post against them. */
export const generalLedgerAccountId = (shard: number, line: GeneralLedgerLine, currency: CurrencyCode): string =>
  createdIdOf(foundingCommandId(shard), `${line}/${currency}`);

/** The stream of a shard. */
export const ledgerStream = (shard: number): string => `ledger-${shard}`;
