import { z } from 'zod';
import { findAccesses, type Place } from '../../projections/accesses/queries.js';
import { accessSchema, aloneOf } from '../../projections/accesses/routes.js';
import { classified } from '../../shared/access/classified.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { ReadStore } from '../../shared/read-store/projection.js';

const { actor } = accessSchema.shape;

/** Who looked, as the person may be told it: in which role, not who of the staff that was. */
export const portableAccessSchema = z.object({
  ...accessSchema.shape,
  actor: z.object({ ...actor.shape, id: classified(z.string(), 'staff').optional(), actingAs: classified(z.string(), 'staff').optional() }),
  sessionId: classified(z.string(), 'staff').optional(),
});

/** The law forbids to let somebody know that they are suspected: who looked at alerts and cases about them, and which program was told, is in the log and not handed over. */
export const mayBeToldOf = ({ route }: { readonly route: string }): boolean => !/^(\w+ \/v1\/risk\/|WEBHOOK )/.test(route);

const PAGE = 200;

/** Newest first, of every id of the person. */
export async function* accessesOf(sources: { readonly store: ReadStore; readonly vault: Vault }, ids: readonly string[]) {
  for (let before: Place | undefined; ;) {
    const { items, next } = await findAccesses(sources, { customers: ids }, PAGE, before);
    yield* items.filter(mayBeToldOf).map((item) => aloneOf(item, ids));
    if (next === undefined) return;
    before = next;
  }
}
