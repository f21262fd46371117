import type { Checkpoint } from '../../shared/event-store/port.js';
import { migrate } from '../../shared/read-store/migrate.js';
import type { Pool } from '../../shared/read-store/pool.js';

export interface Published {
  /** Where the subscription resumes; absent before anything was read. Exactly as the store gave it. */
  readonly checkpoint: Checkpoint | undefined;
  /** Position of the last event that the bus acknowledged, -1n for none. */
  readonly lastEvent: bigint;
}

/** What the relay has published, in the database that is kept. Never moves back. */
export class PublishedStore {
  constructor(private readonly pool: Pool, private readonly relay: string) {}

  prepare(): Promise<void> {
    return migrate(this.pool, 'relay', [{
      name: 'published',
      sql: `CREATE TABLE published (
              relay text PRIMARY KEY, commit_position bigint NOT NULL, prepare_position bigint NOT NULL,
              last_event bigint NOT NULL, saved_at timestamptz NOT NULL)`,
    }]);
  }

  async load(): Promise<Published> {
    const { rows } = await this.pool.query<{ commit_position: string; prepare_position: string; last_event: string }>(
      'SELECT commit_position, prepare_position, last_event FROM relay.published WHERE relay = $1', [this.relay]);
    const row = rows[0];
    if (!row) return { checkpoint: undefined, lastEvent: -1n };
    return { checkpoint: { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position) }, lastEvent: BigInt(row.last_event) };
  }

  async save({ checkpoint, lastEvent }: Published): Promise<void> {
    if (!checkpoint) return;
    await this.pool.query(
      `INSERT INTO relay.published AS p VALUES ($1, $2, $3, $4, now())
       ON CONFLICT (relay) DO UPDATE SET commit_position = excluded.commit_position, prepare_position = excluded.prepare_position,
         last_event = greatest(p.last_event, excluded.last_event), saved_at = excluded.saved_at
       WHERE p.commit_position < excluded.commit_position`,
      [this.relay, checkpoint.commit.toString(), checkpoint.prepare.toString(), lastEvent.toString()]);
  }
}

/** Where the relay is, whoever runs it: position of the last event that the bus acknowledged, -1n before the first. */
export async function publishedUpTo(opsPool: Pool): Promise<bigint> {
  const { rows: there } = await opsPool.query<{ found: boolean }>(`SELECT to_regclass('relay.published') IS NOT NULL AS found`);
  if (!there[0]?.found) return -1n;
  const { rows } = await opsPool.query<{ last_event: string | null }>('SELECT max(last_event) AS last_event FROM relay.published');
  return BigInt(rows[0]?.last_event ?? -1);
}
