import { BusinessDateOpened, CustomerBarLifted, CustomerBarred, LedgerClaimed, LedgerFounded, TransferBatchReceived, ledgerEvents } from '../../shared/events/ledger/events.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { accountStatements, loadAccounts } from './accounts/apply.js';
import { foldAccounts } from './accounts/fold.js';
import { accountKeys } from './accounts/queries.js';
import { accountIndexes, accountTables, accountViews } from './accounts/tables.js';
import { foldHolds, holdStatements } from './holds/apply.js';
import { holdIndexes, holdTables, holdViews } from './holds/tables.js';
import { movementsIn } from './movement.js';
import { transactionStatements } from './transactions/apply.js';
import { transactionIndexes, transactionTables, transactionViews } from './transactions/tables.js';
import { sumStatements } from './trial-balance/apply.js';
import { foldSums } from './trial-balance/fold.js';
import { trialBalanceIndexes, trialBalanceTables, trialBalanceViews } from './trial-balance/tables.js';
import { runInTurn, type Statements } from '../../shared/read-store/batch.js';

const ignores: readonly string[] = [LedgerFounded.type, LedgerClaimed.type, BusinessDateOpened.type, TransferBatchReceived.type, CustomerBarred.type, CustomerBarLifted.type];

/**
 * Accounts, holds, transactions and trial balance in one transaction and at one position: a balance, the entries that explain it and the
 * trial balance never disagree, whatever moment a query sees.
 */
export const ledgerProjection: Projection = {
  name: 'ledger',
  version: 2,
  topics: [topicOf('ledger')],
  handles: ledgerEvents.map((event) => event.type).filter((type) => !ignores.includes(type)),
  ignores,
  opens: false,
  tables: accountTables + holdTables + transactionTables + trialBalanceTables,
  indexes: accountIndexes + holdIndexes + transactionIndexes + trialBalanceIndexes,
  views: [...accountViews, ...holdViews, ...transactionViews, ...trialBalanceViews],
  cacheKeys: accountKeys,

  async apply(tx, events) {
    const movementsByEvent = movementsIn(events);
    const movements = [...movementsByEvent.values()];
    const changes = foldAccounts(events, movementsByEvent);
    const known = await loadAccounts(tx, changes);
    await runInTurn(tx, statementsOf());

    function* statementsOf(): Statements {
      yield* transactionStatements(movements);
      yield* accountStatements(changes);
      yield* holdStatements(foldHolds(events));
      yield* sumStatements(foldSums(movements, changes, known));
    }
  },
};
