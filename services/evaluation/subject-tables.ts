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
  {
    name: '2-facts-in-columns',
    sql: `
      ALTER TABLE facts RENAME TO facts_before;
      DROP INDEX facts_of_customer;
      CREATE TABLE facts (
        number bigint GENERATED ALWAYS AS IDENTITY,
        customer_id uuid NOT NULL,
        at bigint NOT NULL,
        amount bigint,
        balance bigint,
        account_opened_at bigint,
        previous_movement_at bigint,
        limit_use double precision,
        account uuid,
        counterparty uuid,
        cash boolean,
        own boolean,
        kind text NOT NULL,
        movement text,
        side text,
        channel text,
        currency text,
        product text,
        id text NOT NULL
      );
      INSERT INTO facts (customer_id, at, amount, balance, account_opened_at, previous_movement_at, limit_use, account, counterparty, cash, own, kind, movement, side, channel, currency, product, id)
      SELECT customer_id, at, (fields #>> '{amount,minor}')::bigint, coalesce(fields #>> '{balanceAfter,minor}', fields #>> '{balance,minor}')::bigint, (fields ->> 'accountOpenedAt')::bigint,
             (fields ->> 'previousMovementAt')::bigint, (fields ->> 'limitUse')::double precision, (fields ->> 'account')::uuid, (fields ->> 'counterparty')::uuid, (fields ->> 'cash')::boolean,
             (fields ->> 'own')::boolean, kind, fields ->> 'kind', fields ->> 'side', fields ->> 'channel', coalesce(fields #>> '{amount,currency}', fields ->> 'currency'), fields ->> 'product', id
      FROM facts_before ORDER BY number;
      DROP TABLE facts_before;
      CREATE INDEX facts_of_customer ON facts (customer_id, at);
      COMMENT ON COLUMN facts.number IS 'order of facts of the same moment';
      COMMENT ON COLUMN facts.at IS 'milliseconds since 1970';
      COMMENT ON COLUMN facts.amount IS 'minor units of the currency, as balance';`,
  },
  {
    // Room in every page: what a movement changes is indexed nowhere, so that its new version stays in the page.
    name: '3-accounts-in-columns',
    sql: `
      ALTER TABLE accounts RENAME TO accounts_before;
      ALTER INDEX accounts_pkey RENAME TO accounts_before_pkey;
      DROP INDEX accounts_of_customer;
      CREATE TABLE accounts (
        id uuid PRIMARY KEY,
        customer_id uuid NOT NULL,
        opened_at bigint NOT NULL,
        balance bigint NOT NULL,
        overdraft_limit bigint,
        last_movement_at bigint,
        product text NOT NULL,
        currency text NOT NULL,
        status text NOT NULL,
        holds uuid[] NOT NULL
      ) WITH (fillfactor = 70);
      INSERT INTO accounts (id, customer_id, opened_at, balance, overdraft_limit, last_movement_at, product, currency, status, holds)
      SELECT id, customer_id, (account ->> 'openedAt')::bigint, (account ->> 'balance')::bigint, (account ->> 'overdraftLimit')::bigint, (account ->> 'lastMovementAt')::bigint,
             account ->> 'product', account ->> 'currency', account ->> 'status', ARRAY(SELECT jsonb_array_elements_text(account -> 'holds')::uuid)
      FROM accounts_before;
      DROP TABLE accounts_before;
      CREATE INDEX accounts_of_customer ON accounts (customer_id);
      COMMENT ON COLUMN accounts.opened_at IS 'milliseconds since 1970, as last_movement_at';
      COMMENT ON COLUMN accounts.balance IS 'minor units of the currency, as overdraft_limit';`,
  },
];
