import {
  AccountOpened, DepositPosted, HoldCaptured, ledgerEvents, ReversalPosted, TransferPosted, WithdrawalPosted,
} from '../../shared/events/ledger/events.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { runInTurn } from '../../shared/read-store/batch.js';
import { ledgerEventOf, movementsIn } from '../ledger/movement.js';
import { accountStatements, loadBranches, sumStatements } from './apply.js';
import { foldSums } from './fold.js';
import { indexes, tables, views } from './tables.js';

const handles: readonly string[] = [AccountOpened, DepositPosted, WithdrawalPosted, TransferPosted, ReversalPosted, HoldCaptured].map(({ type }) => type);

/** Sums of money movements by account and day, by customers who pay each other, by branch and month. Beside the ledger's read model, so that balances do not wait for it. */
export const statisticsProjection: Projection = {
  name: 'statistics',
  version: 1,
  topics: [topicOf('ledger')],
  handles,
  ignores: ledgerEvents.map(({ type }) => type as string).filter((type) => !handles.includes(type)),
  opens: false,
  tables,
  indexes,
  views,

  async apply(tx, events) {
    const movements = [...movementsIn(events).values()];
    await runInTurn(tx, accountStatements(events.map(ledgerEventOf).flatMap((event) => (event.type === 'AccountOpened' ? [event.data] : []))));
    const branches = await loadBranches(tx, movements);
    await runInTurn(tx, sumStatements(foldSums(movements, (id) => branches.get(id))));
  },
};
