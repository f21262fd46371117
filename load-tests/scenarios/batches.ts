import type { LoadBank } from '../load-bank.js';
import { batch } from './asks.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const LINES = 50;

export const batches: Scenario = {
  name: 'batches',
  about: 'batches of 50 transfers, all or none, between any two of 10,000 accounts',
  accounts: ACCOUNTS, connections: 16, counted: ['batch'], transfersEach: LINES, baseline: 'uniform',
  client: batchAfterBatch,
};

function* batchAfterBatch(bank: LoadBank): Client {
  for (;;) yield batch(bank, Array.from({ length: LINES }, () => bank.twoAmong(ACCOUNTS)));
}
