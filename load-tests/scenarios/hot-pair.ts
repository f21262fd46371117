import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';

export const hotPair: Scenario = {
  name: 'hot-pair',
  about: 'single transfers between the same two accounts, either way',
  accounts: 2, connections: 64, counted: ['transfer'], baseline: 'hot-pair',
  client: (bank) => transfers(bank, () => bank.twoAmong(2)),
};
