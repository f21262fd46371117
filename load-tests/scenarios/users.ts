import type { LoadBank } from '../load-bank.js';
import { transfer } from './asks.js';
import { READ_KINDS, someRead } from './reads.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const THINK_MS = 10_000;
const TRANSFERS = 0.1;

export const users: Scenario = {
  name: 'users',
  about: 'people who look at something, think for some ten seconds, and move money one time in ten; each with a connection of their own',
  accounts: ACCOUNTS, connections: 1_500, counted: [...READ_KINDS, 'transfer'], paced: 'clients',
  client: person,
};

/** Pauses as among people who do not know of each other. */
function* person(bank: LoadBank): Client {
  for (;;) {
    yield bank.random() < TRANSFERS ? transfer(bank, bank.twoAmong(ACCOUNTS)) : someRead(bank);
    yield { thinkMs: -Math.log(1 - bank.random()) * THINK_MS };
  }
}
