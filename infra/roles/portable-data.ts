import { z } from 'zod';
import { accessesOf, portableAccessSchema } from './portable-accesses.js';
import { portableSegmentSchema, segmentsOf } from './portable-segments.js';
import { findAccounts, type AccountPlace } from '../../projections/ledger/accounts/queries.js';
import { accountSchema } from '../../projections/ledger/accounts/routes.js';
import { holdsOf } from '../../projections/ledger/holds/queries.js';
import { holdSchema } from '../../projections/ledger/holds/routes.js';
import { transactionsOf, type EntryPlace } from '../../projections/ledger/transactions/queries.js';
import { transactionSchema } from '../../projections/ledger/transactions/routes.js';
import { ratingsOf, type RatingPlace } from '../../projections/marketing/rfm/queries.js';
import { ratingItemSchema } from '../../projections/marketing/rfm/routes.js';
import { historyItemSchema } from '../../services/customers/bodies.js';
import { historyItem } from '../../services/customers/history.js';
import type { PortablePart } from '../../services/customers/portable/parts.js';
import { viewOf } from '../../services/customers/routes.js';
import { customerRecord } from '../../services/customers/state.js';
import { documentSchema, documentView } from '../../services/documents/bodies.js';
import type { Documents } from '../../services/documents/documents.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { customerViewSchema } from '../../shared/events/customers/view.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';

export interface PortableSources {
  readonly store: ReadStore;
  readonly vault: Vault;
  readonly records: Records;
  readonly documents: Pick<Documents, 'list'>;
}

const PAGE = 200;

/** Every kind of thing that the bank has of a customer stands here, and nowhere else. */
export function portableParts(sources: PortableSources): readonly PortablePart[] {
  const { records, documents } = sources;
  return [
    {
      name: 'record', schema: customerViewSchema,
      async *of(ids) {
        for (const id of ids) {
          const view = viewOf(id, await records.load(customerRecord, id));
          if (view) yield view;
        }
      },
    },
    {
      name: 'change', schema: historyItemSchema,
      async *of(ids) {
        for (const id of ids)
          for (let from = 0n; ;) {
            const page = (await records.history(customerRecord, id, { direction: 'forwards', limit: PAGE, from })) ?? [];
            yield* page.map(historyItem);
            if (page.length < PAGE) break;
            from = page.at(-1)!.revision + 1n;
          }
      },
    },
    { name: 'account', schema: accountSchema, of: (ids) => accountsOf(sources, ids) },
    {
      name: 'hold', schema: holdSchema,
      async *of(ids) {
        for await (const { id } of accountsOf(sources, ids))
          for (let before: string | undefined; ;) {
            const { items, next } = await holdsOf(sources, id, undefined, PAGE, before);
            yield* items;
            if (next === undefined) break;
            before = next;
          }
      },
    },
    {
      name: 'movement', schema: z.object({ ...transactionSchema.shape, accountId: z.uuid() }),
      async *of(ids) {
        for await (const { id } of accountsOf(sources, ids))
          for (let before: EntryPlace | undefined; ;) {
            const { items, next } = await transactionsOf(sources, id, {}, PAGE, before);
            yield* items.map((item) => ({ ...item, accountId: id }));
            if (next === undefined) break;
            before = next;
          }
      },
    },
    {
      name: 'document', schema: documentSchema,
      async *of([id]) {
        yield* (await documents.list(id!)).map(documentView);
      },
    },
    {
      name: 'rating', schema: ratingItemSchema,
      async *of(ids) {
        for (let before: RatingPlace | undefined; ;) {
          const { items, next } = await ratingsOf(sources.store, ids, PAGE, before);
          yield* items;
          if (next === undefined) break;
          before = next;
        }
      },
    },
    { name: 'segment', schema: portableSegmentSchema, of: (ids) => segmentsOf(sources, ids) },
    { name: 'access', schema: portableAccessSchema, of: (ids) => accessesOf(sources, ids) },
  ];
}

/** Their own, alone or jointly: what they may sign for is others' data. */
async function* accountsOf({ store }: PortableSources, customerIds: readonly string[]) {
  for (let place: AccountPlace | undefined; ;) {
    const { items, next } = await findAccounts(store, { customerIds }, PAGE, place);
    yield* items.filter(({ customerId, holders }) => customerIds.includes(customerId!) || holders.some((holder) => holder.role === 'joint-owner' && customerIds.includes(holder.customerId)));
    if (next === undefined) return;
    place = next;
  }
}
