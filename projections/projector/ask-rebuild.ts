import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { beginBuild, buildsOf, type Build } from './builds.js';
import type { Comparison } from './compare.js';
import { isBeingMade } from './make-build.js';
import { schemaOf } from './tables.js';

/** absent: nothing is shown yet, the first build is still to come. other-version: the running program shows another version than this one knows. */
export type RebuildRefusal = 'absent' | 'other-version';

export interface Rebuilt {
  readonly build: number;
  /** With the build shown before, at equal positions. */
  readonly comparison: Comparison;
}

export interface AskRebuildOptions {
  /** Told now and then: the log position that loading has reached. */
  readonly onLoaded?: (position: bigint) => void;
  /** How long nobody may be at work on it; the build stays begun and is made when a projector runs. */
  readonly unattendedMs?: number;
}

const LOOK_EVERY_MS = 200;

/**
 * Asks, from any process, for the projection to be built anew beside the build that is shown, and waits until the new one is shown. The projectors make it:
 * they look for builds once a second. Resolves with why not where it cannot be asked for, and with 'unattended' where no projector takes it up.
 */
export async function askRebuild(pool: Pool, projection: Projection, options: AskRebuildOptions = {}): Promise<Rebuilt | RebuildRefusal | 'unattended'> {
  const { onLoaded, unattendedMs = 15_000 } = options;
  const { name, version } = projection;
  const shown = liveOf(await knownBuilds(pool, name));
  if (!shown) return 'absent';
  if (shown.version !== version) return 'other-version';
  await beginBuild(pool, projection);
  let seenAt = performance.now();
  for (;;) {
    const builds = await buildsOf(pool, name);
    const live = liveOf(builds);
    if (live && live.build > shown.build) return { build: live.build, comparison: await comparisonOf(pool, live) };
    const making = builds.find(({ build, state }) => build > shown.build && state !== 'live');
    if (making && (await isBeingMade(pool, schemaOf(name, making.build)))) seenAt = performance.now();
    if (making) onLoaded?.(making.loaded);
    if (performance.now() - seenAt > unattendedMs) return 'unattended';
    await pause(LOOK_EVERY_MS);
  }
}

/** None where no projector has ever run. */
async function knownBuilds(pool: Pool, name: string): Promise<Build[]> {
  const { rows } = await pool.query<{ found: boolean }>(`SELECT to_regclass('projector.builds') IS NOT NULL AS found`);
  return rows[0]!.found ? buildsOf(pool, name) : [];
}

const liveOf = (builds: readonly Build[]): Build | undefined => builds.find(({ state }) => state === 'live');

async function comparisonOf(pool: Pool, { projection, build }: Build): Promise<Comparison> {
  const { rows } = await pool.query<{ comparison: Comparison | null }>('SELECT comparison FROM projector.builds WHERE projection = $1 AND build = $2', [projection, build]);
  return rows[0]?.comparison ?? { kind: 'never-level' };
}
