import t, { type Test } from 'tap';
import type { Formula } from '../../shared/events/risk/rule-events.js';
import type { Catalogue } from '../../shared/rules/catalogue.js';
import { bankCatalogue } from '../evaluation/catalogue.js';
import { PROFILES } from '../evaluation/testing/people.js';
import { outputsBy } from '../evaluation/testing/runs.js';
import { personId, ToldBank } from '../evaluation/testing/told-bank.js';
import { RiskProgram, type Finding } from './program.js';

const RULE = '0198a7c2-0000-7000-8000-0000000000ff';
const [ANN, BEN, CAI] = [0, 1, 2];
const CNY = (amount: string): object => ({ amount, currency: 'CNY' });

const structuring: Formula = {
  name: 'Just below', kind: 'structuring', severity: 'high', trigger: 'movement', cooldown: 'PT12H',
  tree: { agg: { fn: 'count', over: 'movement', key: 'customer', window: 'PT24H', where: { combinator: 'and', rules: [
    { field: 'kind', operator: '=', value: 'deposit' }, { field: 'amount', operator: 'between', value: [CNY('40000.00'), CNY('49500.00')] }] } }, operator: '>=', value: 3 },
};
/** By time and record alone. */
const idle: Formula = { name: 'Idle', kind: 'idle', severity: 'low', trigger: null, tree: { attr: 'accounts.lastMovementAt', operator: 'olderThan', value: 'P30D' } };

const founded = (): ToldBank => [ANN, BEN, CAI].reduce((bank, who) => bank.registered(who, PROFILES[who]!).opened(who), new ToldBank());
const rule = (bank: ToldBank, type: string, data: object): ToldBank => bank.say(`riskrule-${RULE}`, type, { ruleId: RULE, version: 1, ...data });
const published = (bank: ToldBank, formula: Formula, version = 1): ToldBank => {
  rule(bank, 'RiskRuleDrafted', { version, formula, hash: 'x' });
  return rule(bank, 'RiskRulePublished', { version, hash: 'x' });
};

const findingsOf = ({ log }: ToldBank, catalogue: Catalogue = bankCatalogue): Promise<Finding[]> => outputsBy(() => new RiskProgram(catalogue), log);

/** Who was alerted about, and when. */
const told = async (t: Test, bank: ToldBank, expected: readonly [who: number, at: string][]): Promise<void> => {
  const findings = await findingsOf(bank);
  t.same(findings.map((finding) => (finding.kind === 'alert' ? [finding.alert.customerId, finding.alert.at] : finding)), expected.map(([who, at]) => [personId(who), at]));
};

t.test('three deposits just below the threshold within a day', async (t) => {
  const bank = published(founded(), structuring).deposited(ANN, 4_500_000).passes(60).deposited(ANN, 4_500_000).passes(60).deposited(ANN, 4_500_000);
  const [finding] = await findingsOf(bank);
  t.match(finding, {
    kind: 'alert',
    alert: {
      customerId: personId(ANN), ruleId: RULE, ruleVersion: 1, kind: 'structuring', severity: 'high', at: '2026-03-01T02:00:00.000Z', cause: bank.log.at(-1)!.id,
      trace: [{ node: '', result: true, value: '3' }],
    },
  });
  t.equal(finding!.kind === 'alert' && finding!.alert.evidence.length, 3, 'the very movements');
  t.ok(finding!.kind === 'alert' && finding!.alert.evidence.includes(bank.movementId));
  t.same(await findingsOf(bank), await findingsOf(bank), 'told twice it is the same alert');
});

t.test('what does not hold does not alert', async (t) => {
  await told(t, published(founded(), structuring).deposited(ANN, 4_500_000).deposited(ANN, 4_500_000).deposited(BEN, 4_500_000), []);
  await told(t, published(founded(), structuring).deposited(ANN, 4_500_000).deposited(ANN, 4_500_000).passes(24 * 60).deposited(ANN, 4_500_000), []);
  await told(t, founded().deposited(ANN, 4_500_000).deposited(ANN, 4_500_000).deposited(ANN, 4_500_000), []);
});

t.test('a rule is in force from its publication on, and looks back beyond it', async (t) => {
  await told(t, published(founded().deposited(ANN, 4_500_000).deposited(ANN, 4_500_000), structuring).deposited(ANN, 4_500_000), [[ANN, '2026-03-01T00:00:00.000Z']]);
  await told(t, published(founded().deposited(ANN, 4_500_000).deposited(ANN, 4_500_000).deposited(ANN, 4_500_000), structuring), []);
});

t.test('after an alert a rule is silent about the customer for its cooldown', async (t) => {
  const bank = published(founded(), structuring);
  for (let hour = 0; hour < 16; hour++) bank.deposited(ANN, 4_500_000).passes(60);
  await told(t, bank, [[ANN, '2026-03-01T02:00:00.000Z'], [ANN, '2026-03-01T14:00:00.000Z']]);
});

t.test('a movement with an earlier booking date counts where it was booked', async (t) => {
  const bank = published(founded().passes(10 * 24 * 60), structuring);
  bank.deposited(ANN, 4_500_000, { backdated: 5 }).deposited(ANN, 4_500_000).deposited(ANN, 4_500_000, { backdated: 5 });
  await told(t, bank, []);
  await told(t, bank.deposited(ANN, 4_500_000, { backdated: 5 }), [[ANN, '2026-03-06T00:00:00.000Z']]);
});

t.test('a rule without a trigger alerts when time makes it true, once until it is false again', async (t) => {
  const bank = published(founded().deposited(ANN, 100), idle).passes(29 * 24 * 60).ticked();
  await told(t, bank, []);
  await told(t, bank.passes(3 * 24 * 60).ticked().passes(24 * 60).ticked(), [[ANN, '2026-03-31T00:00:00.000Z']]);
  await told(t, bank.deposited(ANN, 100).passes(40 * 24 * 60).ticked(), [[ANN, '2026-03-31T00:00:00.000Z'], [ANN, '2026-05-03T00:00:00.000Z']]);
});

t.test('published over customers who are there already, everybody is looked at', async (t) => {
  const bank = founded().deposited(ANN, 100).deposited(CAI, 100).passes(40 * 24 * 60).ticked();
  await told(t, published(bank, idle), [[ANN, '2026-04-10T00:00:00.000Z'], [CAI, '2026-04-10T00:00:00.000Z']]);
});

t.test('withdrawn, parked, resumed, replaced', async (t) => {
  const threeMore = (bank: ToldBank): ToldBank => [1, 2, 3].reduce((told) => told.passes(60).deposited(BEN, 4_500_000), bank);
  await told(t, threeMore(rule(published(founded(), structuring), 'RiskRuleWithdrawn', { reason: 'x' })), []);
  await told(t, threeMore(rule(published(founded(), structuring), 'RiskRuleParked', { code: 'x', cause: '0198a7c2-0000-7000-8000-0000000000c1' })), []);
  await told(t, threeMore(rule(rule(published(founded(), structuring), 'RiskRuleParked', { code: 'x', cause: '0198a7c2-0000-7000-8000-0000000000c1' }), 'RiskRuleResumed', {})), [[BEN, '2026-03-01T03:00:00.000Z']]);
  await told(t, threeMore(published(published(founded(), idle), structuring, 2)), [[BEN, '2026-03-01T03:00:00.000Z']]);
});

t.test('a rule that cannot be evaluated is set aside and the stream goes on', async (t) => {
  const { movement, ...others } = bankCatalogue.facts;
  const changed: Catalogue = { ...bankCatalogue, facts: { ...others, movement: { ...movement, fields: { ...movement.fields, kind: { type: 'number', titles: { en: 'x', zh: 'x' } } } } } };
  const bank = published(founded(), structuring);
  const OTHER = '0198a7c2-0000-7000-8000-0000000000fe';
  const every: Formula = { name: 'Every', kind: 'every', severity: 'low', trigger: 'movement', tree: { fact: 'side', operator: '=', value: 'in' } };
  bank.say(`riskrule-${OTHER}`, 'RiskRuleDrafted', { ruleId: OTHER, version: 1, formula: every, hash: 'x' }).say(`riskrule-${OTHER}`, 'RiskRulePublished', { ruleId: OTHER, version: 1, hash: 'x' });
  bank.deposited(ANN, 100).deposited(ANN, 100);
  const findings = await findingsOf(bank, changed);
  t.match(findings, [
    { kind: 'alert', alert: { ruleId: OTHER } },
    { kind: 'rule-failed', ruleId: RULE, version: 1, cause: bank.log.at(-2)!.id, code: 'catalogue_changed' },
    { kind: 'alert', alert: { ruleId: OTHER } },
  ]);
  t.equal(findings.length, 3, 'told once');
});

t.test('nobody is alerted about who has been erased or merged away', async (t) => {
  const bank = published(founded(), idle).deposited(ANN, 100);
  const customerId = personId(ANN);
  await told(t, bank.say(`customer-${customerId}`, 'CustomerErased', { customerId }).passes(40 * 24 * 60).ticked(), []);
  const merged = published(founded(), structuring).deposited(ANN, 4_500_000).deposited(BEN, 4_500_000).say(`customer-${customerId}`, 'CustomerMerged', { customerId, mergeId: customerId, into: personId(BEN) });
  await told(t, merged.deposited(ANN, 4_500_000), [[BEN, '2026-03-01T00:00:00.000Z']]);
});
