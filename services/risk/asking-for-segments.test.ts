import t from 'tap';
import type { Formula } from '../../shared/events/risk/rule-events.js';
import { bankCatalogue } from '../evaluation/catalogue.js';
import { PROFILES } from '../evaluation/testing/people.js';
import { bookedAt, outputsBy, startOfDay } from '../evaluation/testing/runs.js';
import { personId, ToldBank } from '../evaluation/testing/told-bank.js';
import { backtest } from './backtests/backtest.js';
import { RiskProgram, type Finding } from './program.js';

const [ANN, BEN, CAI] = [0, 1, 2];
const [WATCHED, QUIET, QUIET_WATCHED] = [1, 2, 3].map((n) => `0198a7c2-0000-7000-8000-0000000000d${n}`) as [string, string, string];
const RULE = '0198a7c2-0000-7000-8000-0000000000ff';
const LIST = { kind: 'list', name: 'Watched' };
const quiet = (days: number) => ({ kind: 'dynamic', name: 'Quiet', tree: { attr: 'accounts.lastMovementAt', operator: 'olderThan', value: `P${days}D` } });
const both = { kind: 'dynamic', name: 'Both', tree: { combinator: 'and', rules: [{ list: WATCHED, operator: 'in' }, { list: QUIET, operator: 'in' }] } };

const founded = (): ToldBank => [ANN, BEN, CAI].reduce((bank, who) => bank.registered(who, PROFILES[who]!).opened(who), new ToldBank());
const segment = (bank: ToldBank, segmentId: string, definition: object, version = 1): ToldBank => bank.say(`segment-${segmentId}`, 'SegmentPublished', { segmentId, version, definition, hash: 'x' });
const withdrawn = (bank: ToldBank, segmentId: string): ToldBank => bank.say(`segment-${segmentId}`, 'SegmentWithdrawn', { segmentId, version: 1, reason: 'x' });
const listed = (bank: ToldBank, type: 'CustomersListed' | 'CustomersUnlisted', ...people: number[]): ToldBank => bank.say(`segmentlist-${WATCHED}`, type, { segmentId: WATCHED, customers: people.map(personId) });
const moves: Formula = { name: 'They move', kind: 'moves', severity: 'low', trigger: 'movement', tree: { combinator: 'and', rules: [{ fact: 'side', operator: '=', value: 'in' }, { list: WATCHED, operator: 'in' }] } };
const asks = (list: string): Formula => ({ name: 'In it', kind: 'in-it', severity: 'low', trigger: null, tree: { list, operator: 'in' } });
const rule = (bank: ToldBank, formula: Formula): ToldBank =>
  bank.say(`riskrule-${RULE}`, 'RiskRuleDrafted', { ruleId: RULE, version: 1, formula, hash: 'x' }).say(`riskrule-${RULE}`, 'RiskRulePublished', { ruleId: RULE, version: 1, hash: 'x' });

const findingsOf = ({ log }: ToldBank): Promise<Finding[]> => outputsBy(() => new RiskProgram(bankCatalogue), log);
const alertedBy = async (bank: ToldBank): Promise<unknown[]> => (await findingsOf(bank)).map((finding) => (finding.kind === 'alert' ? [finding.alert.customerId, finding.alert.at] : finding.code));

t.test('a movement of somebody on an uploaded list, from when they are on it to when they are not', async (t) => {
  const bank = rule(segment(founded(), WATCHED, LIST), moves).deposited(ANN, 100).deposited(BEN, 100);
  listed(bank, 'CustomersListed', ANN).passes(60).deposited(ANN, 100).deposited(BEN, 100).passes(60);
  listed(bank, 'CustomersUnlisted', ANN).deposited(ANN, 100);
  t.same(await alertedBy(bank), [[personId(ANN), '2026-03-01T01:00:00.000Z']]);
  const [finding] = await findingsOf(bank);
  t.match(finding, { alert: { trace: [{ node: '', result: true }, { node: '/rules/0', value: 'in' }, { node: '/rules/1', result: true }] } }, 'the trace shows the membership');

  const late = segment(listed(founded(), 'CustomersListed', BEN), WATCHED, LIST);
  t.same(await alertedBy(rule(late, moves).deposited(BEN, 100)), [[personId(BEN), '2026-03-01T00:00:00.000Z']], 'who was listed before the rule');
});

t.test('who comes into a segment by time alone, also by one that it refers to', async (t) => {
  const bank = segment(segment(segment(founded(), WATCHED, LIST), QUIET, quiet(30)), QUIET_WATCHED, both);
  rule(listed(bank, 'CustomersListed', ANN, BEN), asks(QUIET_WATCHED)).deposited(ANN, 100).passes(24 * 60).deposited(BEN, 100).passes(35 * 24 * 60).deposited(CAI, 100);
  t.same(await alertedBy(bank), [[personId(ANN), '2026-03-31T00:00:00.000Z'], [personId(BEN), '2026-04-01T00:00:00.000Z']]);
});

t.test('another version of a segment, and its end, are looked at for everybody', async (t) => {
  const bank = rule(segment(founded().deposited(ANN, 100).deposited(BEN, 100), QUIET, quiet(300)), asks(QUIET)).passes(10 * 24 * 60).deposited(BEN, 100);
  t.same(await alertedBy(bank), []);
  segment(bank, QUIET, quiet(5), 2);
  t.same(await alertedBy(bank), [[personId(ANN), '2026-03-11T00:00:00.000Z']]);
  segment(withdrawn(bank, QUIET).passes(60), QUIET, quiet(5), 3);
  t.same(await alertedBy(bank), [[personId(ANN), '2026-03-11T00:00:00.000Z'], [personId(ANN), '2026-03-11T01:00:00.000Z']], 'nobody was in it meanwhile');
});

t.test('a restriction takes nobody out of what a risk rule sees', async (t) => {
  const bank = rule(segment(founded(), WATCHED, LIST), moves);
  listed(bank, 'CustomersListed', ANN).say(`customer-${personId(ANN)}`, 'CustomerRestricted', { customerId: personId(ANN) }).deposited(ANN, 100);
  t.same(await alertedBy(bank), [[personId(ANN), '2026-03-01T00:00:00.000Z']]);
});

t.test('a rule whose segment cannot be evaluated any more is set aside, and the stream goes on', async (t) => {
  const bank = segment(founded(), QUIET, { kind: 'dynamic', name: 'Gone', tree: { attr: 'customer.shoeSize', operator: '=', value: 1 } });
  t.same(await alertedBy(rule(bank, asks(QUIET)).deposited(ANN, 100)), ['catalogue_changed']);
});

t.test('a candidate is tried on segments as they were', async (t) => {
  const bank = segment(founded(), WATCHED, LIST).deposited(ANN, 100);
  listed(bank, 'CustomersListed', ANN).passes(60).deposited(ANN, 100).deposited(BEN, 100);
  async function* log() { yield bank.log; }
  t.match(await backtest({ catalogue: bankCatalogue, bookedAt, startOfDay, candidate: moves, published: null, log: log() }), { alerts: 1, failure: null, shown: { added: [{ customerId: personId(ANN), at: '2026-03-01T01:00:00.000Z' }] } });
  t.match(await backtest({ catalogue: bankCatalogue, bookedAt, startOfDay, candidate: asks(WATCHED), published: moves, log: log() }), { alerts: 1, difference: { added: 1, lost: 1, same: 0 } });
});
