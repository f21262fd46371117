import { accountIdOf } from '../founding/founded-ids.js';
import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const HOT = accountIdOf(0);

export const hotDestination: Scenario = {
  name: 'hot-destination',
  about: 'single transfers from any of 10,000 accounts to one',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'], baseline: 'hot-destination',
  client: (bank) => transfers(bank, () => [bank.otherThan(HOT, ACCOUNTS), HOT]),
};
