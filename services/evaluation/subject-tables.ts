import type { MigrationStep } from '../../shared/read-store/migrate.js';

/** In the database `read`, by the evaluation's name. */
export const evaluationSchema = (name: string): string => `evaluation_${name.replaceAll('-', '_')}`;

/** Of one program, in a schema of its own. Everything follows from the log and may be thrown away. */
export const subjectTables: readonly MigrationStep[] = [
  {
    name: '1-subjects',
    sql: `
      CREATE TABLE subjects (
        id uuid PRIMARY KEY,
        person jsonb,
        profile jsonb,
        memory jsonb NOT NULL,
        due bigint
      );
      CREATE TABLE accounts (
        id uuid PRIMARY KEY,
        customer_id uuid NOT NULL,
        account jsonb NOT NULL
      );
      CREATE INDEX accounts_of_customer ON accounts (customer_id);
      CREATE TABLE facts (
        id text PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY,
        customer_id uuid NOT NULL,
        kind text NOT NULL,
        at bigint NOT NULL,
        fields jsonb NOT NULL
      );
      CREATE INDEX facts_of_customer ON facts (customer_id, at);
      COMMENT ON COLUMN subjects.profile IS 'envelope under the customer''s key';
      COMMENT ON COLUMN subjects.due IS 'milliseconds since 1970: when it has to be looked at again though nothing happens';
      COMMENT ON COLUMN facts.number IS 'order of facts of the same moment';`,
  },
];
