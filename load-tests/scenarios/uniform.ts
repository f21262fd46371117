import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';

export const ACCOUNTS = 10_000;

export const uniform: Scenario = {
  name: 'uniform',
  about: 'single transfers between any two of 10,000 accounts',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'], baseline: 'uniform',
  client: (bank) => transfers(bank, () => bank.twoAmong(ACCOUNTS)),
};
