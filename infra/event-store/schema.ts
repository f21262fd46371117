import pg from 'pg';

/** Applied in order, each once, inside one transaction. Never edit one that was released: add the next. */
const MIGRATIONS: readonly string[] = [
  `create table append (
     position bigint primary key,
     last_position bigint not null check (last_position >= position),
     stream text collate "C" not null,
     revision bigint not null check (revision >= 0),
     last_revision bigint not null check (last_revision >= revision),
     created_ms bigint not null,
     frames bytea not null
   );
   comment on table append is 'One row per append: its events as ready-made frames. Positions and revisions are those of the first and last event.';
   alter table append alter column frames set storage external;
   create unique index append_by_stream on append (stream, revision) include (last_revision);`,
];

const MIGRATION_LOCK = 7_110_001;

export const migrate = async (client: pg.Client): Promise<void> => {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('create table if not exists migration (version int primary key, applied_at timestamptz not null default now())');
    const { rows } = await client.query<{ version: number }>('select coalesce(max(version), 0)::int as version from migration');
    const done = rows[0]?.version ?? 0;
    if (done > MIGRATIONS.length) throw new Error(`the log was written by a newer version (schema ${done}, this one knows ${MIGRATIONS.length})`);
    for (let version = done + 1; version <= MIGRATIONS.length; version++) {
      await client.query(MIGRATIONS[version - 1] as string);
      await client.query('insert into migration (version) values ($1)', [version]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
};

const databaseMissing = '3D000';
const databaseExists = '42P04';

/** Creates the database named in the URL where it does not exist yet. */
export const createDatabase = async (url: string): Promise<void> => {
  const probe = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await probe.connect();
    return;
  } catch (error) {
    if ((error as { code?: string }).code !== databaseMissing) throw error;
  } finally {
    await probe.end().catch(() => undefined);
  }
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: target.href, connectionTimeoutMillis: 10_000 });
  await admin.connect();
  try {
    await admin.query(`create database ${pg.escapeIdentifier(name)} encoding 'UTF8' template template0`);
  } catch (error) {
    if ((error as { code?: string }).code !== databaseExists) throw error;
  } finally {
    await admin.end();
  }
};
