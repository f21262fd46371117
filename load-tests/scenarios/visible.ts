import type { LoadBank } from '../load-bank.js';
import { isGood, transfer, transfers } from './asks.js';
import type { Client, Scenario } from './scenario.js';
import { ACCOUNTS } from './uniform.js';

export const visible: Scenario = {
  name: 'visible',
  about: 'as uniform, one client asking for each of its transfers as soon as it is answered: how long until a query shows it',
  accounts: ACCOUNTS, connections: 64, counted: ['transfer'],
  client: (bank, number) => (number === 0 ? looking(bank) : transfers(bank, () => bank.twoAmong(ACCOUNTS))),
};

function* looking(bank: LoadBank): Client {
  for (;;) {
    const answer = yield transfer(bank, bank.twoAmong(ACCOUNTS));
    if (!isGood(answer)) continue;
    const { id, position } = JSON.parse(answer.body) as { id: string; position: string };
    yield { kind: 'answered to visible', method: 'GET', path: `/v1/transfers/${id}?after=${position}`, atOnce: true, until: isGood };
  }
}
