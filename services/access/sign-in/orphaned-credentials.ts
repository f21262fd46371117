import type { Credentials } from './credentials.js';

/** Younger rows may be named by an event that is being written. */
const GRACE_MS = 3_600_000;
const PAGE = 500;

/**
 * Removes the rows that no event names, and tells how many. `named`: which of a holder's rows the log names; where it does not know the holder at all
 * the rows are orphans as well.
 */
export async function sweepOrphans(credentials: Credentials, named: (holderId: string, ids: readonly string[]) => Promise<ReadonlySet<string>>, at: Date): Promise<number> {
  const before = new Date(at.getTime() - GRACE_MS);
  let removed = 0;
  let after: string | undefined;
  for (;;) {
    const page = await credentials.madeBefore(before, after, PAGE);
    if (page.length === 0) return removed;
    const known = new Map<string, ReadonlySet<string>>();
    for (const { holderId } of page)
      if (!known.has(holderId)) known.set(holderId, await named(holderId, page.filter((one) => one.holderId === holderId).map(({ id }) => id)));
    const orphans = page.filter(({ id, holderId }) => !known.get(holderId)!.has(id)).map(({ id }) => id);
    if (orphans.length > 0) await credentials.remove(orphans);
    removed += orphans.length;
    after = page.at(-1)!.id;
  }
}
