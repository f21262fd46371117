import t from 'tap';
import type { BankRecords } from '../../infra/audit/open-records.js';
import type { BankUnderTest } from '../../infra/journeys/bank-under-test.js';
import { accountIdOf, customerIdOf } from '../founding/founded-ids.js';
import { loadBank } from '../load-bank.js';
import type { Answer, Ask, Scenario } from './scenario.js';
import { SCENARIOS, scenariosNamed } from './scenarios.js';

const STEPS = 400;
const FOUNDED = { customers: 20, accounts: 30, transactions: 0 };
const accounts = new Set(Array.from({ length: FOUNDED.accounts }, (_, n) => accountIdOf(n)));
const customers = new Set(Array.from({ length: FOUNDED.customers }, (_, n) => customerIdOf(n)));
let created = 0;

/** What a bank might say that has everything. */
const answerTo = ({ method, moves }: Ask): Answer => ({
  status: method === 'POST' && moves ? 201 : 200,
  body: JSON.stringify({ id: `created-${++created}`, position: '7', accountNumber: '8000000000000011', items: [{}], ...(moves && moves.length > 1 && { lines: moves.map((_, line) => ({ line, id: `created-${++created}` })) }) }),
});

function asksOf(scenario: Scenario, client: number): Ask[] {
  const walker = scenario.client(loadBank({} as BankUnderTest, {} as BankRecords, FOUNDED, `run ${client}`), client);
  const asks: Ask[] = [];
  let answer: Answer = { status: 0, body: '' };
  for (let turn = 0; turn < STEPS; turn++) {
    const step = walker.next(answer).value;
    if ('thinkMs' in step) continue;
    asks.push(step);
    answer = answerTo(step);
  }
  return asks;
}

function faultsOf({ path, key, moves, body, method }: Ask): string[] {
  const named = [...`${path} ${body ?? ''}`.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)].map(([id]) => id);
  return [
    ...((key === undefined) === (moves === undefined) && (moves === undefined || method === 'POST') ? [] : [`${method} ${path}: a key stands where money moves, and nowhere else`]),
    ...(moves ?? []).filter(({ from, to, minor }) => !(from !== to && minor > 0n && (accounts.has(from) || from === 'bank') && (accounts.has(to) || to === 'hold'))).map(({ from, to }) => `${path} moves from ${from} to ${to}`),
    ...named.filter((id) => !accounts.has(id) && !customers.has(id)).map((id) => `${path} ${body} names ${id}, whom nobody founded`),
  ];
}

for (const scenario of SCENARIOS)
  t.test(`${scenario.name} asks only of what was founded, and says what its money does`, async (t) => {
    for (const client of [0, 5]) {
      const asks = asksOf(scenario, client);
      t.ok(scenario.counted.some((kind) => asks.some((ask) => ask.kind === kind)), 'what throughput counts is asked');
      t.same(asks.flatMap(faultsOf), []);
    }
  });

t.test('a key is used again by who repeats, and by nobody else', async (t) => {
  for (const scenario of SCENARIOS) {
    const keys = asksOf(scenario, 5).flatMap(({ key }) => key ?? []);
    t.equal(new Set(keys).size < keys.length, scenario.name === 'repeated-keys', scenario.name);
  }
  const again = asksOf(scenariosNamed(['repeated-keys'])[0]!, 5).filter(({ kind }) => kind === 'repeat').length;
  t.ok(again > STEPS * 0.05 && again < STEPS * 0.17, `one in ten: ${again}`);
});

t.test('scenarios by name', async (t) => {
  t.same(scenariosNamed(['hot-pair', 'uniform']).map(({ name }) => name), ['hot-pair', 'uniform']);
  t.same(scenariosNamed(['all']).map(({ name }) => name), SCENARIOS.map(({ name }) => name));
  t.throws(() => scenariosNamed(['uniform', 'nothing']), { message: /^there is no scenario nothing; there are uniform, / });
});
