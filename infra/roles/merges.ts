import { createAdvanceMerges } from '../../services/customers/merging/steps.js';
import type { Rounds } from '../../shared/lifecycle/rounds.js';
import { startMergeSweep } from '../../services/customers/merging/sweep.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import type { Parts } from './parts.js';

const MOST_A_ROUND = 100;

/** Who carries on with merges after a crash: the read model tells where one has begun. */
export const sweepMerges = ({ logger, metrics }: Parts, { store, records, now }: { readonly store: ReadStore; readonly records: Records; readonly now: () => Date }): Rounds =>
  startMergeSweep({
    advance: createAdvanceMerges(records), now, logger, metrics,
    async unfinished() {
      const rows = await store.query<{ id: string }>('select id from customers.customers where merging order by updated_at limit $1', [MOST_A_ROUND], 'merges_unfinished');
      return rows.map(({ id }) => id);
    },
  });
