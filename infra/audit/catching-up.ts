import { setTimeout as pause } from 'node:timers/promises';
import { progressOf } from '../../projections/projector/progress.js';
import type { Pool } from '../../shared/read-store/pool.js';

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 10_000;

/**
 * Gives read models that are being kept up the moment they need to reach the log position, so that a running bank is compared up to it. Ends as well
 * where a lane has halted, where there is none to wait for, and where nothing has moved for ten seconds: what is missing then is a finding.
 */
export async function letCatchUp(readPool: Pool, projections: readonly string[], position: bigint, patienceMs = PATIENCE_MS): Promise<void> {
  let movedAt = performance.now();
  for (let before = ''; performance.now() - movedAt < patienceMs;) {
    const progress = await progressOf(readPool, projections);
    const waitedFor = progress.filter((one) => one.live && one.halted.length === 0 && one.position < position);
    if (waitedFor.length === 0) return;
    const now = waitedFor.map((one) => `${one.projection} ${one.position}`).join();
    if (now !== before) movedAt = performance.now();
    before = now;
    await pause(LOOK_EVERY_MS);
  }
}
