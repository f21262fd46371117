import type { ViewSpaces } from '../read-store/view-spaces.js';
import type { Metrics } from '../telemetry/metrics.js';
import { MAX_TTL_MS, type Cache, type Cached } from './port.js';

/** One row of a read model, as JSON carries it; personal fields sealed. */
export interface ViewRow {
  readonly id: string;
  readonly revision: number;
}

export interface ViewName {
  readonly projection: string;
  /** Names the row's shape: another shape, another kind. */
  readonly kind: string;
  readonly id: string;
}

export interface CachedViews {
  /** The row from the cache, or else what `load` gives, which is then cached. `fresh`: never from the cache, for who asks for a position. */
  read<Row extends ViewRow>(name: ViewName, fresh: boolean, load: () => Promise<Row | undefined>): Promise<Row | undefined>;
  /** For a row that has become worthless: it goes, and does not come back before its next revision. */
  drop(name: ViewName, revision: number): Promise<void>;
}

/** A key as projections name it when their rows change. */
export const viewKey = (kind: string, id: string): string => `${kind}:${id}`;

/** No cache at all. */
export const uncachedViews: CachedViews = { read: (_name, _fresh, load) => load(), drop: async () => {} };

/** A reader this slow does not fill: what refuses older versions lasts longer than this. */
const SLOW_READER_MS = MAX_TTL_MS / 6;

export function createCachedViews({ cache, spaces, metrics }: { readonly cache: Cache; readonly spaces: ViewSpaces; readonly metrics?: Metrics }): CachedViews {
  const reads = metrics?.counter({ name: 'bank_cache_reads_total', help: 'Reads of cached views. bypassed: asked for a position, or what is stale was not known', labels: ['view', 'outcome'] });

  async function cached<Row extends ViewRow>(space: string, { kind, id }: ViewName): Promise<Row | undefined> {
    const found = await cache.get(viewKey(kind, id));
    const row = found && unwrap(found.value, space);
    return isRow(row, id, found?.version) ? (row as Row) : undefined;
  }

  return {
    async read<Row extends ViewRow>(name: ViewName, fresh: boolean, load: () => Promise<Row | undefined>) {
      const { projection, kind, id } = name;
      // Before anything is read: a row belongs to the space that was there before it was read, or to a later one.
      const space = spaces.of(projection);
      const count = (outcome: 'hit' | 'miss' | 'bypassed') => reads?.add(1, { view: kind, outcome });
      if (space !== undefined && !fresh) {
        const row = await cached<Row>(space, name);
        count(row ? 'hit' : 'miss');
        if (row) return row;
      } else count('bypassed');
      const [era, startedAt] = [cache.era(), performance.now()];
      const row = await load();
      const mayFill = space !== undefined && space === spaces.of(projection) && era === cache.era() && performance.now() - startedAt < SLOW_READER_MS;
      // Not waited for: an answer does not get better by it.
      if (row && mayFill) void cache.put(viewKey(kind, id), wrap(row, space), MAX_TTL_MS);
      return row;
    },
    async drop({ kind, id }, revision) {
      await cache.invalidate([{ key: viewKey(kind, id), version: BigInt(revision) + 1n }]);
    },
  };
}

const wrap = (row: ViewRow, space: string): Cached => ({ version: BigInt(row.revision), value: `${space} ${JSON.stringify(row)}` });

function unwrap(value: string, space: string): unknown {
  if (!value.startsWith(`${space} `)) return undefined;
  try {
    return JSON.parse(value.slice(space.length + 1));
  } catch {
    return undefined;
  }
}

const isRow = (row: unknown, id: string, version: bigint | undefined): boolean =>
  typeof row === 'object' && row !== null && 'id' in row && row.id === id && 'revision' in row && row.revision === Number(version);
