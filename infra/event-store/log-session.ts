/**
 * The one database session that may write the log. It holds the advisory lock, and every write goes through this same session: a server
 * whose session is gone (killed, cut off, frozen for too long) has lost lock and pen together and cannot write behind its successor's back.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { decodeFrames } from './frames.js';
import type { Frame } from './frames.js';
import { revisionText, ROW_COLUMNS, rowOf, TOMBSTONE } from './rows.js';
import type { LogRow, RawRow } from './rows.js';
import { metadataOf, NEVER_WRITTEN } from './stream-state.js';
import type { StreamState } from './stream-state.js';
import { migrate } from './schema.js';

const WRITER_LOCK = 7_110_002;

export class LogIsTaken extends Error {
  override readonly name = 'LogIsTaken';
  constructor() {
    super('another event store server is writing to this database: stop it first, or give this one its own database');
  }
}

const INSERT = {
  name: 'insert-appends',
  text: `insert into append (position, last_position, stream, revision, last_revision, created_ms, frames)
         select p, lp, s, r, lr, c, substr($9::bytea, o, n)
           from unnest($1::int8[], $2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::int4[], $8::int4[]) as t(p, lp, s, r, lr, c, o, n)`,
};

export const STATES = {
  name: 'stream-states',
  text: `select s.stream,
                (select a.last_revision from append a where a.stream = s.stream order by a.revision desc limit 1) as last,
                m.frames as metadata
           from unnest($1::text[]) as s(stream)
           left join lateral (select a.frames from append a where a.stream = '$$' || s.stream order by a.revision desc limit 1) m on true`,
};

interface RawState {
  readonly stream: string;
  readonly last: string | null;
  readonly metadata: Buffer | null;
}

export const stateOf = (raw: RawState): StreamState => {
  const last = raw.last === null ? -1 : Number(raw.last);
  const metadataFrame = raw.metadata === null ? undefined : decodeFrames(raw.metadata, 0).at(-1);
  if (last === -1 && metadataFrame === undefined) return NEVER_WRITTEN;
  return { last, tombstoned: last >= TOMBSTONE, metadata: metadataFrame === undefined ? undefined : metadataOf(metadataFrame.message) };
};

export class LogSession {
  private constructor(
    private readonly client: pg.Client,
    /** Settles when the session is gone, however that came. */
    readonly ended: Promise<void>,
  ) {}

  /** Throws LogIsTaken where another server still holds the log after `patienceMs`. */
  static async open(url: string, logger: Logger, patienceMs: number): Promise<LogSession> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'event-store writer', connectionTimeoutMillis: 5_000 });
    const ended = new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', (error) => {
        logger.warn({ err: error }, 'the log writer lost its database session');
        resolve();
      });
    });
    await client.connect();
    try {
      await client.query('set synchronous_commit = on');
      await migrate(client);
      const deadline = Date.now() + patienceMs;
      while (!(await tryLock(client))) {
        if (Date.now() >= deadline) throw new LogIsTaken();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return new LogSession(client, ended);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** The last event's position, 0 in an empty log. */
  async lastPosition(): Promise<number> {
    const { rows } = await this.client.query<{ last: string | null }>('select max(last_position) as last from append where position = (select max(position) from append)');
    return Number(rows[0]?.last ?? 0);
  }

  /** All rows or none: one statement is one transaction. */
  async insert(rows: readonly LogRow[]): Promise<void> {
    let offset = 1;
    const offsets: number[] = [];
    for (const row of rows) {
      offsets.push(offset);
      offset += row.frames.length;
    }
    await this.client.query({
      ...INSERT,
      values: [
        rows.map((row) => row.position),
        rows.map((row) => row.lastPosition),
        rows.map((row) => row.stream),
        rows.map((row) => revisionText(row.revision)),
        rows.map((row) => revisionText(row.lastRevision)),
        rows.map((row) => row.createdMs),
        offsets,
        rows.map((row) => row.frames.length),
        rows.length === 1 ? (rows[0] as LogRow).frames : Buffer.concat(rows.map((row) => row.frames)),
      ],
    });
  }

  async statesOf(streams: readonly string[]): Promise<Map<string, StreamState>> {
    const { rows } = await this.client.query<RawState>({ ...STATES, values: [streams] });
    return new Map(rows.map((raw) => [raw.stream, stateOf(raw)]));
  }

  /** The stored events of a stream from one revision to another, both inclusive. */
  async framesBetween(stream: string, from: number, to: number): Promise<Frame[]> {
    const { rows } = await this.client.query<RawRow>({
      name: 'frames-between',
      text: `select ${ROW_COLUMNS} from append where stream = $1 and revision <= $3
                and revision >= coalesce((select revision from append where stream = $1 and revision <= $2 order by revision desc limit 1), 0)
              order by revision`,
      values: [stream, from, to],
    });
    return rows
      .map(rowOf)
      .flatMap((row) => decodeFrames(row.frames, row.revision))
      .filter((frame) => frame.revision >= from && frame.revision <= to);
  }

  /** Gives the lock back by ending the session. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

const tryLock = async (client: pg.Client): Promise<boolean> => {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [WRITER_LOCK]);
  return rows[0]?.locked === true;
};
