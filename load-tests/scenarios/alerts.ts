import { accountIdOf, customerIdOf } from '../founding/founded-ids.js';
import type { LoadBank } from '../load-bank.js';
import { isGood, transfers } from './asks.js';
import type { Answer, Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

const PROBING_CLIENTS = 2;
const CASH_MINOR = 6_000_000n;

export const alerts: Scenario = {
  name: 'alerts',
  about: 'as uniform, two clients paying in large cash for one customer after another: how long until a query shows the alert that a built-in rule raises',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'],
  client: (bank, number) => (number < PROBING_CLIENTS ? paying(bank) : transfers(bank, () => bank.twoAmong(ACCOUNTS))),
};

/** A customer has one case of a kind, so each is used once; when there are no more, transfers go on. */
function* paying(bank: LoadBank): Client {
  for (;;) {
    const n = bank.next('customer who pays in');
    if (n >= Math.min(bank.founded.customers, bank.founded.accounts)) return yield* transfers(bank, () => bank.twoAmong(ACCOUNTS));
    const account = accountIdOf(n);
    const paid = yield {
      kind: 'cash', method: 'POST', path: `/v1/accounts/${account}/deposits`, key: bank.key(), moves: [{ from: 'bank', to: account, minor: CASH_MINOR }],
      body: JSON.stringify({ money: { amount: '60000.00', currency: 'CNY' }, channel: 'counter' }),
    };
    if (isGood(paid)) yield { kind: 'answered to alert', method: 'GET', path: `/v1/risk/alerts?customer=${customerIdOf(n)}`, atOnce: true, until: hasItems };
  }
}

const hasItems = (answer: Answer): boolean => isGood(answer) && (JSON.parse(answer.body) as { items: readonly unknown[] }).items.length > 0;
