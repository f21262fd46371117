import type { LoadBank } from '../load-bank.js';
import { transfer } from './asks.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const SHARE = 0.1;

export const repeatedKeys: Scenario = {
  name: 'repeated-keys',
  about: 'as uniform, one request in ten sent again with its key: it moves nothing and is answered as before',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer', 'repeat'], baseline: 'uniform',
  client: sometimesAgain,
};

function* sometimesAgain(bank: LoadBank): Client {
  for (;;) {
    const ask = transfer(bank, bank.twoAmong(ACCOUNTS));
    yield ask;
    if (bank.random() < SHARE / (1 - SHARE)) yield { ...ask, kind: 'repeat' };
  }
}
