/**
 * What a user would build without this bank: balances in rows that a transfer locks, one function call each. It has no HTTP, no history but the entries, and nothing else to feed.
 * The reference is unique, as an idempotency key would be; entries are found by account.
 */
export const BASELINE_TABLES = `
  DROP TABLE IF EXISTS entry, transfer, account;
  CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
  CREATE TABLE transfer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference uuid NOT NULL UNIQUE, payer int NOT NULL, payee int NOT NULL, amount bigint NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE entry (account_id int NOT NULL, transfer_id bigint NOT NULL, amount bigint NOT NULL, balance_after bigint NOT NULL, PRIMARY KEY (account_id, transfer_id));
  CREATE OR REPLACE FUNCTION transfer_money(payer_id int, payee_id int, moved bigint, reference uuid) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE made bigint; payer_has bigint; payee_has bigint;
  BEGIN
    PERFORM FROM account WHERE id IN (payer_id, payee_id) ORDER BY id FOR UPDATE;
    UPDATE account SET balance = balance - moved WHERE id = payer_id AND balance >= moved RETURNING balance INTO payer_has;
    IF NOT FOUND THEN RAISE EXCEPTION 'insufficient funds'; END IF;
    UPDATE account SET balance = balance + moved WHERE id = payee_id RETURNING balance INTO payee_has;
    INSERT INTO transfer (reference, payer, payee, amount) VALUES (reference, payer_id, payee_id, moved) RETURNING id INTO made;
    INSERT INTO entry VALUES (payer_id, made, -moved, payer_has), (payee_id, made, moved, payee_has);
    RETURN made;
  END $$;
`;

export const OPENING_MINOR = 1_000_000_000;
