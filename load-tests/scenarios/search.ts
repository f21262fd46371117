import { customerIdOf } from '../founding/founded-ids.js';
import { personOf } from '../founding/made-up-people.js';
import type { LoadBank } from '../load-bank.js';
import { isGood, read } from './asks.js';
import type { Ask, Client, Scenario } from './scenario.js';

const KINDS = ['customer by id', 'by ID number', 'by phone', 'by account number', 'by name', 'by part of a name', 'by name, branch and birth', 'by branch and income', 'statement page'] as const;
type Kind = (typeof KINDS)[number];

export const search: Scenario = {
  name: 'search',
  about: 'customers looked for in every way, in turn, and a statement page: for a large bank, with --data',
  accounts: 10_000, connections: 16, counted: KINDS,
  client: looking,
};

function* looking(bank: LoadBank, number: number): Client {
  for (let turn = number; ; turn++) {
    const n = Math.floor(bank.random() * bank.founded.customers);
    const kind = KINDS[turn % KINDS.length]!;
    if (kind !== 'by account number') {
      yield ask(kind, n);
      continue;
    }
    const account = yield read('account', `/v1/accounts/${bank.account(n % bank.founded.accounts)}`);
    if (isGood(account)) yield found(kind, { accountNumber: (JSON.parse(account.body) as { accountNumber: string }).accountNumber });
  }

  function ask(kind: Exclude<Kind, 'by account number'>, n: number): Ask {
    const { profile, branch } = personOf(n);
    const born = Number(profile.birthDate.slice(0, 4));
    switch (kind) {
      case 'customer by id': return read(kind, `/v1/customers/${customerIdOf(n)}`);
      case 'by ID number': return found(kind, { idNumber: profile.idDocument.number });
      case 'by phone': return found(kind, { phone: profile.phones[0]! });
      case 'by name': return found(kind, { name: profile.name });
      case 'by part of a name': return found(kind, { name: profile.name.slice(-2) });
      case 'by name, branch and birth': return found(kind, { name: profile.name, branch, bornFrom: born, bornTo: born });
      case 'by branch and income': return found(kind, { branch, incomeBand: '50k-200k' });
      case 'statement page': return read(kind, `/v1/accounts/${bank.account(n % bank.founded.accounts)}/transactions?limit=50`);
    }
  }
}

const found = (kind: Kind, filter: object): Ask => ({ kind, method: 'POST', path: '/v1/customers/search', body: JSON.stringify({ ...filter, limit: 20 }) });
