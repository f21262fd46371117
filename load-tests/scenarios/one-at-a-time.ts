import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

export const oneAtATime: Scenario = {
  name: 'one-at-a-time',
  about: 'one client, one transfer after the other, between any two of 10,000 accounts',
  accounts: ACCOUNTS, connections: 1, counted: ['transfer'], baseline: 'uniform',
  client: (bank) => transfers(bank, () => bank.twoAmong(ACCOUNTS)),
};
