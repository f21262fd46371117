import { open, seal, type Envelope } from '../../shared/crypto/envelope.js';
import { SubjectErased, type SubjectKey, type Vault } from '../../shared/crypto/vault.js';
import { batchStatement, insertBatch } from '../../shared/read-store/batch.js';
import { quoteName, withTransaction, type Pool, type PoolClient, type Queryable } from '../../shared/read-store/pool.js';
import type { Activity } from './activity.js';
import { earliestDue, type SubjectStore } from './evaluator.js';
import { addFact, type Person, type Subject } from './subject.js';
import { heldOnce } from './held-once.js';
import { KeptAggregates } from './kept-aggregates.js';
import type { Changes } from './world.js';
import { EVERYTHING } from './fact-fields.js';
import { FACT_COLUMNS, factFrom, factRow, type FactRow } from './stored-fact.js';
import { ACCOUNT_COLUMNS, accountFrom, accountRow, type AccountRow } from './stored-account.js';
import { picksFrom, storedPicks, type StoredMemory, type StoredPerson, type StoredPicks } from './stored-form.js';

export interface PostgresSubjects extends SubjectStore {
  /** Within the caller's transaction. */
  save(client: PoolClient, changes: Changes): Promise<void>;
}

interface SubjectRow {
  readonly id: string;
  readonly person: StoredPerson | null;
  readonly profile: Envelope | null;
  readonly memory: StoredMemory;
}

/** Bound to the customer and to this use of it. */
const binding = (id: string): string => `evaluation/${id}`;

/** Customers in Postgres, their profile's picks sealed under their own keys. */
export function postgresSubjects(pool: Pool, schema: string, vault: Vault): PostgresSubjects {
  const table = (name: string): string => `${quoteName(schema)}.${name}`;
  const accountColumns = Object.keys(ACCOUNT_COLUMNS).map((name) => (name === 'holds' ? 'holds::text' : name)).join(', ');
  const saveAccounts = `${insertBatch(table('accounts'), ACCOUNT_COLUMNS)} ON CONFLICT (id) DO UPDATE SET ${
    Object.keys(ACCOUNT_COLUMNS).filter((name) => name !== 'id' && name !== 'customer_id').map((name) => `${name} = excluded.${name}`).join(', ')}`;

  async function keysOf(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    try {
      return await vault.keysOf(ids);
    } catch (error) {
      if (!(error instanceof SubjectErased)) throw error;
      // One was erased while this batch was under way: the others one by one.
      const each = await Promise.all(ids.map((id) => vault.keysOf([id]).catch((failure: unknown) => { if (failure instanceof SubjectErased) return new Map<string, SubjectKey>(); throw failure; })));
      return new Map(each.flatMap((keys) => [...keys]));
    }
  }

  async function peopleOf(rows: readonly SubjectRow[]): Promise<(row: SubjectRow) => Person | null> {
    const keyIds = rows.flatMap(({ profile }) => profile?.keyId ?? []);
    const keys = keyIds.length === 0 ? new Map<string, Buffer>() : await vault.keysById(keyIds);
    return ({ id, person, profile }) => {
      const key = profile && keys.get(profile.keyId);
      if (!person || !profile || !key) return null;
      return { ...person, profile: picksFrom(open(profile, key, binding(id)) as StoredPicks) };
    };
  }

  return {
    async load(ids, factsFrom, asked = EVERYTHING) {
      const [subjects, accounts, facts] = await Promise.all([
        pool.query<SubjectRow>(`SELECT id, person, profile, memory FROM ${table('subjects')} WHERE id = ANY($1::uuid[])`, [ids]),
        pool.query<AccountRow>(`SELECT ${accountColumns} FROM ${table('accounts')} WHERE customer_id = ANY($1::uuid[])`, [ids]),
        asked.size === 0 ? { rows: [] } : pool.query<FactRow>(
          `SELECT ${Object.keys(FACT_COLUMNS).join(', ')} FROM ${table('facts')} WHERE customer_id = ANY($1::uuid[]) AND at >= $2 AND kind = ANY($3) ORDER BY at, number`,
          [ids, Math.max(factsFrom, -8.64e15), [...asked.keys()]]),
      ]);
      const personOf = await peopleOf(subjects.rows);
      const loaded = new Map<string, Subject>(subjects.rows.map((row) => [row.id, { id: row.id, person: personOf(row), accounts: new Map(), facts: new Map(), factsFrom, kept: new KeptAggregates(), memory: new Map(Object.entries(row.memory)) }]));
      for (const row of accounts.rows) loaded.get(row.customer_id as string)?.accounts.set(row.id as string, accountFrom(row));
      const once = heldOnce();
      for (const row of facts.rows) addFact(loaded.get(row.customer_id as string)!, factFrom(row, once), asked);
      return [...loaded.values()];
    },

    async ownersOf(accounts) {
      const { rows } = await pool.query<{ id: string; customer_id: string }>(`SELECT id, customer_id FROM ${table('accounts')} WHERE id = ANY($1::uuid[])`, [accounts]);
      return new Map(rows.map(({ id, customer_id }) => [id, customer_id]));
    },

    async idsAfter(id, limit) {
      const { rows } = await pool.query<{ id: string }>(`SELECT id FROM ${table('subjects')} WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`, [id, limit]);
      return rows.map((row) => row.id);
    },

    async *dues() {
      for (let after: string | null = null; ;) {
        const { rows }: { rows: { id: string; due: string }[] } = await pool.query(
          `SELECT id, due FROM ${table('subjects')} WHERE due IS NOT NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT 10000`, [after]);
        for (const { id, due } of rows) yield { id, at: Number(due) };
        if (rows.length === 0) return;
        after = rows.at(-1)!.id;
      }
    },

    activity: (from, until) => withTransaction(pool, async (client) => {
      // A year of all customers takes longer than a query may.
      await client.query('SET LOCAL statement_timeout = 0');
      const { rows } = await client.query<Omit<Activity, 'movements' | 'moved' | 'last'> & { movements: string; moved: string; last: string }>(
        `SELECT customer_id AS "customerId", currency, count(*) AS movements, sum(amount) AS moved, max(at) AS last
         FROM ${table('facts')} WHERE kind = 'movement' AND at >= $1 AND at < $2 AND NOT own AND movement <> 'reversal' AND channel <> 'system' GROUP BY 1, 2`, [from, until]);
      return rows.map((row) => ({ ...row, movements: Number(row.movements), moved: BigInt(row.moved), last: Number(row.last) }));
    }),

    async save(client, { changed, accounts, facts }) {
      if (changed.length > 0) await saveSubjects(client, changed, await keysOf(changed.flatMap(({ id, person }) => (person ? [id] : []))));
      const statements = [
        batchStatement(`${schema}-accounts`, saveAccounts, ACCOUNT_COLUMNS, accounts.map(({ id, customerId, account }) => accountRow(id, customerId, account))),
        batchStatement(`${schema}-facts`, insertBatch(table('facts'), FACT_COLUMNS), FACT_COLUMNS, facts.map(factRow)),
      ];
      for (const statement of statements) if (statement) await client.query({ ...statement, values: [...statement.values] });
    },
  };

  async function saveSubjects(client: Queryable, subjects: readonly Subject[], keys: ReadonlyMap<string, SubjectKey>): Promise<void> {
    const rows = subjects.map(({ id, person, memory }) => {
      const key = keys.get(id);
      const due = earliestDue(memory);
      if (!person || !key) return { id, person: null, profile: null, memory, due };
      const { profile, ...unsealed } = person;
      return { id, person: JSON.stringify(unsealed), profile: JSON.stringify(seal(storedPicks(profile), key, binding(id))), memory, due };
    });
    await client.query(
      `INSERT INTO ${table('subjects')} (id, person, profile, memory, due) SELECT * FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[], $5::bigint[])
       ON CONFLICT (id) DO UPDATE SET person = excluded.person, profile = excluded.profile, memory = excluded.memory, due = excluded.due`,
      [rows.map(({ id }) => id), rows.map(({ person }) => person), rows.map(({ profile }) => profile), rows.map(({ memory }) => JSON.stringify(Object.fromEntries(memory))), rows.map(({ due }) => due)]);
  }
}
