import type { ReadStore } from '../../shared/read-store/projection.js';

const PARTIES = {
  account: 'select parties from ledger.accounts where id = $1',
  'account-number': 'select parties from ledger.accounts where account_number = $1',
  hold: 'select a.parties from ledger.holds h join ledger.accounts a on a.id = h.account_id where h.id = $1',
  movement: `select a.parties from ledger.movements m join ledger.accounts a on a.id = any(m.debit_accounts || m.credit_accounts) where m.id = $1
             order by array_position(m.debit_accounts || m.credit_accounts, a.id)`,
} as const;

/** The customers whose an account, a hold or a movement is, owners first and of a movement those who paid; undefined where there is none (yet). None: the bank's own. */
export async function partiesOf(store: ReadStore, kind: keyof typeof PARTIES, id: string): Promise<readonly string[] | undefined> {
  const rows = await store.query<{ parties: string[] }>(PARTIES[kind], [id], `ledger_parties_${kind}`);
  return rows.length === 0 ? undefined : [...new Set(rows.flatMap(({ parties }) => parties))];
}

/** The account of somebody's that has this number; undefined for the bank's own, and where there is none (yet). */
export async function accountNumbered(store: ReadStore, accountNumber: string): Promise<string | undefined> {
  const [row] = await store.query<{ id: string }>('select id from ledger.accounts where account_number = $1 and cardinality(parties) > 0', [accountNumber], 'ledger_account_numbered');
  return row?.id;
}
