import type { LoadBank } from '../load-bank.js';
import { capture, hold, isGood } from './asks.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

export const holdCapture: Scenario = {
  name: 'hold-capture',
  about: 'money is held on one of 10,000 accounts, then the hold is captured to another: two commands for each transfer',
  accounts: ACCOUNTS, connections: 64, counted: ['capture'], baseline: 'uniform',
  client: holdThenCapture,
};

function* holdThenCapture(bank: LoadBank): Client {
  for (;;) {
    const pair = bank.twoAmong(ACCOUNTS);
    const placed = yield hold(bank, pair);
    if (isGood(placed)) yield capture(bank, placed, pair);
  }
}
