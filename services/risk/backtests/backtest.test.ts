import t from 'tap';
import type { Formula } from '../../../shared/events/risk/rule-events.js';
import { bankCatalogue } from '../../evaluation/catalogue.js';
import { PROFILES } from '../../evaluation/testing/people.js';
import { bookedAt, startOfDay } from '../../evaluation/testing/runs.js';
import { personId, ToldBank } from '../../evaluation/testing/told-bank.js';
import { backtest, type BacktestSetup } from './backtest.js';

const [ANN, BEN, CAI] = [0, 1, 2];
const inAtLeast = (amount: string): Formula => ({
  name: 'Much comes in', kind: 'much-in', severity: 'low', trigger: 'movement',
  tree: { combinator: 'and', rules: [{ fact: 'side', operator: '=', value: 'in' }, { fact: 'amount', operator: '>=', value: { amount, currency: 'CNY' } }] },
});

const history = (): ToldBank => {
  const bank = [ANN, BEN, CAI].reduce((told, who) => told.registered(who, PROFILES[who]!).opened(who), new ToldBank());
  bank.deposited(ANN, 500_000).passes(60).deposited(BEN, 900_000).passes(20 * 24 * 60).transferred(BEN, CAI, 700_000).passes(20 * 24 * 60).deposited(CAI, 100_000);
  // What the bank itself says of rules is not what is tried.
  const other = { ruleId: personId(ANN), version: 1 };
  bank.say('riskrule-x', 'RiskRuleDrafted', { ...other, formula: inAtLeast('0.01'), hash: 'x' }).say('riskrule-x', 'RiskRulePublished', { ...other, hash: 'x' });
  return bank.deposited(ANN, 800_000);
};

async function* inBatches({ log }: ToldBank, size: number): BacktestSetup['log'] {
  for (let at = 0; at < log.length; at += size) yield log.slice(at, at + size);
}
const setup = { catalogue: bankCatalogue, bookedAt, startOfDay };

t.test('what a candidate would have raised, and by how much it differs from what is published', async (t) => {
  const bank = history();
  const read: number[] = [];
  const result = await backtest({ ...setup, candidate: inAtLeast('6000.00'), published: inAtLeast('8500.00'), log: inBatches(bank, 4), onProgress: (events) => read.push(events) });
  t.match(result, { events: 13, alerts: 3, customers: 3, byMonth: { '2026-03': 2, '2026-04': 1 }, difference: { added: 2, lost: 0, same: 1 }, failure: null, cost: { asked: 6 } });
  t.same(result.shown.added.map(({ customerId, at }) => [customerId, at]), [[personId(ANN), '2026-04-10T01:00:00.000Z'], [personId(CAI), '2026-03-21T01:00:00.000Z']], 'newest first');
  t.match(result.shown.added[1], { evidence: [String], trace: [{ node: '', result: true }, { node: '/rules/0', value: 'in' }, { node: '/rules/1', value: { amount: '7000.00', currency: 'CNY' } }] });
  t.same(read, [4, 8, 12, 13]);

  const turned = await backtest({ ...setup, candidate: inAtLeast('8500.00'), published: inAtLeast('6000.00'), log: inBatches(bank, 100) });
  t.match(turned, { alerts: 1, difference: { added: 0, lost: 2, same: 1 } });
  t.same(turned.shown.lost, result.shown.added);
});

t.test('a candidate that nothing is compared with', async (t) => {
  t.match(await backtest({ ...setup, candidate: inAtLeast('1.00'), published: null, log: inBatches(history(), 3) }), { alerts: 5, difference: null, shown: { lost: [] } });
});

t.test('a candidate that fails says where, and the published one is evaluated to the end', async (t) => {
  const { movement, ...others } = bankCatalogue.facts;
  const changed = { ...bankCatalogue, facts: { ...others, movement: { ...movement, fields: { ...movement.fields, channel: { type: 'number', titles: { en: 'x', zh: 'x' } } as const } } } };
  const bank = history();
  const candidate: Formula = { ...inAtLeast('1.00'), tree: { fact: 'channel', operator: '=', value: 'counter' } };
  t.match(await backtest({ ...setup, catalogue: changed, candidate, published: inAtLeast('1.00'), log: inBatches(bank, 3) }), {
    alerts: 0, failure: { code: 'catalogue_changed', cause: bank.log[6]!.id }, difference: { added: 0, lost: 5, same: 0 },
  });
});
