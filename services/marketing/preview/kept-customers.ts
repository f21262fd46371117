import type { Vault } from '../../../shared/crypto/vault.js';
import { quoteName, type Pool } from '../../../shared/read-store/pool.js';
import { atTheBeginning, type EvaluatorState } from '../../evaluation/evaluator.js';
import { postgresSubjects } from '../../evaluation/postgres-subjects.js';
import type { KeptCustomers } from './kept-occasions.js';

/** Of the evaluation of this name, as it stands; undefined where it has never run. */
export function keptCustomers(pool: Pool, vault: Vault, schema: string): () => Promise<KeptCustomers | undefined> {
  const subjects = postgresSubjects(pool, schema, vault);
  return async () => {
    const { rows: [there] } = await pool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS there', [`${schema}.checkpoint`, `${schema}.subjects`]);
    if (!there?.there) return undefined;
    const { rows: [row] } = await pool.query<{ state: Pick<EvaluatorState, 'clock' | 'merges'> | null }>(`SELECT state FROM ${quoteName(schema)}.checkpoint`);
    return { subjects, state: row?.state ?? atTheBeginning };
  };
}
