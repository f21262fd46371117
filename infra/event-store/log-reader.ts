/** Pages of the log from Postgres: what is committed, at most about a megabyte at a time. */
import pg from 'pg';
import type { Logger } from 'pino';
import { STATES, stateOf } from './log-session.js';
import type { LogRow, RawRow } from './rows.js';
import { revisionText, ROW_COLUMNS, rowOf } from './rows.js';
import type { StreamState } from './stream-state.js';

const PAGE_BYTES = 1024 * 1024;
const PAGE_ROWS = 500;

/** Cuts a page at its byte limit without reading the frames that fall beyond it; the first row always fits. */
const page = (inner: string, order: string): string =>
  `select ${ROW_COLUMNS} from (
     select *, sum(octet_length(frames)) over (order by ${order} rows unbounded preceding) - octet_length(frames) as before from (${inner}) i
   ) p where before < ${PAGE_BYTES} order by ${order}`;

/** A row that does not match the prefixes comes without its frames: it is looked at, not shown. */
const framesIf = (condition: string): string => ROW_COLUMNS.replace('frames', `case when ${condition} then frames else '' end as frames`);

const QUERIES = {
  allForwards: page(
    `select ${framesIf('$2::text[] is null or exists (select 1 from unnest($2::text[]) w where starts_with(stream, w))')}
       from append
      where position >= coalesce((select position from append where position <= $1 order by position desc limit 1), 0) and last_position >= $1
      order by position limit ${PAGE_ROWS}`,
    'position',
  ),
  allBackwards: page(`select ${ROW_COLUMNS} from append where position < $1 order by position desc limit ${PAGE_ROWS}`, 'position desc'),
  streamForwards: page(
    `select ${ROW_COLUMNS} from append
      where stream = $1 and last_revision >= $2
        and revision >= coalesce((select revision from append where stream = $1 and revision <= $2 order by revision desc limit 1), 0)
      order by revision limit ${PAGE_ROWS}`,
    'revision',
  ),
  streamBackwards: page(`select ${ROW_COLUMNS} from append where stream = $1 and revision <= $2 order by revision desc limit ${PAGE_ROWS}`, 'revision desc'),
};

export class LogReader {
  private readonly pool: pg.Pool;

  constructor(url: string, logger: Logger) {
    this.pool = new pg.Pool({ connectionString: url, max: 6, application_name: 'event-store reader', connectionTimeoutMillis: 5_000, keepAlive: true });
    this.pool.on('error', (error) => logger.debug({ err: error }, 'an idle reading session ended'));
  }

  private async rows(name: keyof typeof QUERIES, values: readonly unknown[]): Promise<LogRow[]> {
    const { rows } = await this.pool.query<RawRow>({ name, text: QUERIES[name], values: [...values] });
    return rows.map(rowOf);
  }

  /** Rows that hold events at or after the position. Frames are empty where no prefix fits the stream. */
  allForwards(from: number, prefixes: readonly string[] | undefined): Promise<LogRow[]> {
    return this.rows('allForwards', [from, prefixes ?? null]);
  }

  /** Rows that hold events before the position, newest first. */
  allBackwards(before: number): Promise<LogRow[]> {
    return this.rows('allBackwards', [before]);
  }

  streamForwards(stream: string, from: number): Promise<LogRow[]> {
    return this.rows('streamForwards', [stream, revisionText(from)]);
  }

  streamBackwards(stream: string, from: number): Promise<LogRow[]> {
    return this.rows('streamBackwards', [stream, revisionText(from)]);
  }

  async stateOf(stream: string): Promise<StreamState> {
    const { rows } = await this.pool.query({ ...STATES, values: [[stream]] });
    return stateOf(rows[0] as Parameters<typeof stateOf>[0]);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
