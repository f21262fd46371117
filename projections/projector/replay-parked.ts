import type { Pool } from '../../shared/read-store/pool.js';
import { forgetViews } from '../../shared/read-store/view-news.js';
import { prepareBatch, type BatchRules } from './apply-batch.js';
import { takeParked } from './parking.js';
import { schemaOf } from './tables.js';
import { inSchema } from './transaction.js';

class StillUnreadable extends Error {}

/** Applies a parked stream's events and lets the stream go on, or leaves everything as it was. */
export async function replayParked(pool: Pool, rules: BatchRules, stream: string): Promise<{ applied: number; reason?: string }> {
  const { projection, build } = rules;
  try {
    const applied = await inSchema(pool, schemaOf(projection.name, build), async (tx) => {
      // The guard's row first, as a lane does: what arrives meanwhile waits, and then finds the stream open.
      await tx.query('SELECT 1 FROM stream_revisions WHERE stream = $1 FOR UPDATE', [stream]);
      const { events, decoded } = await prepareBatch(rules, await takeParked(tx, projection.name, build, stream));
      const recorded = events.flatMap((event) => {
        const answer = decoded.get(event);
        if (answer?.kind === 'unreadable') throw new StillUnreadable(answer.reason);
        return answer ? [answer.recorded] : [];
      });
      if (recorded.length > 0) {
        await projection.apply(tx, recorded);
        await forgetViews(tx, projection.name);
      }
      await tx.query('UPDATE stream_revisions SET parked = false WHERE stream = $1', [stream]);
      return recorded.length;
    });
    return { applied };
  } catch (error) {
    if (error instanceof StillUnreadable) return { applied: 0, reason: error.message };
    throw error;
  }
}
