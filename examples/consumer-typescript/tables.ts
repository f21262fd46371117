import type { Pool, PoolClient } from 'pg';
import type { BankEvent } from './event.js';

/** Where this program stands in one partition: offset wanted next, the relay's newest session met, the log position told. */
export interface Lane {
  readonly topic: string;
  readonly partition: number;
  next: bigint;
  session: number;
  position: bigint;
}

export async function prepareTables(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS lane (topic text, partition int, next bigint NOT NULL, session bigint NOT NULL, position bigint NOT NULL, PRIMARY KEY (topic, partition));
    CREATE TABLE IF NOT EXISTS stream (name text PRIMARY KEY, revision bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS balance (account uuid, currency text, minor bigint NOT NULL, PRIMARY KEY (account, currency))`);
}

/** Locked until the transaction ends: of two programs that believe the partition is theirs, one waits and then sees what the other did. */
export async function loadLane(client: PoolClient, topic: string, partition: number): Promise<Lane> {
  await client.query('INSERT INTO lane VALUES ($1, $2, 0, 0, -1) ON CONFLICT DO NOTHING', [topic, partition]);
  const { rows: [row] } = await client.query('SELECT next, session, position FROM lane WHERE topic = $1 AND partition = $2 FOR UPDATE', [topic, partition]);
  return { topic, partition, next: BigInt(row.next), session: Number(row.session), position: BigInt(row.position) };
}

export async function saveLane(client: PoolClient, { topic, partition, next, session, position }: Lane): Promise<void> {
  await client.query('UPDATE lane SET next = $3, session = $4, position = $5 WHERE topic = $1 AND partition = $2', [topic, partition, next, session, position]);
}

/** Adds the event's legs to the balances, once: an event that was seen before changes nothing. */
export async function applyEvent(client: PoolClient, { stream, revision, data }: BankEvent): Promise<void> {
  const { rows: [row] } = await client.query('SELECT revision FROM stream WHERE name = $1', [stream]);
  const seen = row ? BigInt(row.revision) : -1n;
  if (revision <= seen) return;
  if (revision > seen + 1n) throw new Error(`${stream} goes on with revision ${revision} after ${seen}: records are missing`);
  await client.query('INSERT INTO stream VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET revision = excluded.revision', [stream, revision]);
  for (const { accountId, side, money } of data.legs ?? []) {
    // An amount has its currency's own number of decimals, so that its digits are minor units.
    const minor = BigInt(money.amount.replace('.', '')) * (side === 'credit' ? 1n : -1n);
    await client.query('INSERT INTO balance VALUES ($1, $2, $3) ON CONFLICT (account, currency) DO UPDATE SET minor = balance.minor + excluded.minor', [accountId, money.currency, minor]);
  }
}
