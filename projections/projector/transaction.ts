import { createHash } from 'node:crypto';
import { quoteName, withTransaction, type Pool, type PoolClient } from '../../shared/read-store/pool.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';

/** A transaction whose unqualified names are those of one schema. */
export async function inSchema<T>(pool: Pool, schema: string, work: (tx: ReadTransaction) => Promise<T>): Promise<T> {
  return withTransaction(pool, async (client) => {
    await client.query(`SET LOCAL search_path = ${quoteName(schema)}, public`);
    return work(readTransaction(client, schema));
  });
}

/** Statement names are made the schema's own: a connection serves several builds, and a plan belongs to one schema. */
export function readTransaction(client: PoolClient, schema: string): ReadTransaction {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[], name?: string) {
      const result = await client.query({
        text,
        ...(values && { values: [...values] }),
        ...(name !== undefined && { name: statementName(schema, name) }),
      });
      return result.rows as Row[];
    },
  };
}

const LONGEST_NAME = 63;

function statementName(schema: string, name: string): string {
  const full = `${schema}.${name}`;
  return full.length <= LONGEST_NAME ? full : createHash('sha256').update(full).digest('hex').slice(0, LONGEST_NAME);
}
