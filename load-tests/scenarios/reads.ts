import { customerIdOf } from '../founding/founded-ids.js';
import type { LoadBank } from '../load-bank.js';
import { read, transfer } from './asks.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

export const READ_KINDS = ['account', 'statement page', 'customer'] as const;

export const reads: Scenario = {
  name: 'reads',
  about: 'four reads (accounts, statement pages, customers by id) for each transfer, over 10,000 accounts',
  accounts: ACCOUNTS, connections: 64, counted: [...READ_KINDS, 'transfer'],
  client: readingMostly,
};

function* readingMostly(bank: LoadBank): Client {
  for (;;) yield bank.random() < 0.2 ? transfer(bank, bank.twoAmong(ACCOUNTS)) : someRead(bank);
}

/** One of what people look at most. */
export function someRead(bank: LoadBank) {
  const what = bank.random();
  const account = bank.accountAmong(ACCOUNTS);
  if (what < 0.4) return read('account', `/v1/accounts/${account}`);
  if (what < 0.8) return read('statement page', `/v1/accounts/${account}/transactions?limit=20`);
  return read('customer', `/v1/customers/${customerIdOf(Math.floor(bank.random() * Math.min(ACCOUNTS, bank.founded.customers)))}`);
}
