import { accountIdOf } from '../founding/founded-ids.js';
import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const HOT = accountIdOf(0);

export const hotSource: Scenario = {
  name: 'hot-source',
  about: 'single transfers from one account to any of 10,000',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'], baseline: 'hot-source',
  client: (bank) => transfers(bank, () => [HOT, bank.otherThan(HOT, ACCOUNTS)]),
};
