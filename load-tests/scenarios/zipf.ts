import { zipfRanks } from '../zipf.js';
import { transfers } from './asks.js';
import type { Scenario } from './scenario.js';

const ACCOUNTS = 100_000;

export const zipf: Scenario = {
  name: 'zipf',
  about: 'single transfers between two of 100,000 accounts, chosen by Zipf\'s law with exponent 1.0',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'], baseline: 'zipf',
  client(bank) {
    const rank = zipfRanks(Math.min(ACCOUNTS, bank.founded.accounts), bank.random);
    return transfers(bank, () => {
      const from = rank();
      for (;;) {
        const to = rank();
        if (to !== from) return [bank.account(from), bank.account(to)];
      }
    });
  },
};
