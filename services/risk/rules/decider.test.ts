import t from 'tap';
import type { EventMetadata } from '../../../shared/events/definition.js';
import type { Formula, RiskRuleEvent } from '../../../shared/events/risk/rule-events.js';
import { ruleRejections, type RuleCode } from '../rejections.js';
import type { RuleCommand } from './commands.js';
import { decideRule } from './decider.js';
import { hashOfFormula, inForce, ruleRecord, type RuleState } from './state.js';

const ID = '0198a7c2-0000-7000-8000-0000000000e1';
const actor = (id: string, actingAs?: string) => ({ id, role: 'risk-officer', channel: 'online', ...(actingAs !== undefined && { actingAs }) });
const formula = (threshold: number): Formula => ({ name: 'Velocity', kind: 'velocity', severity: 'medium', trigger: 'movement', tree: { fact: 'amount', operator: '>=', value: threshold } });
const fault = { pointer: '/tree', code: 'unknown_field', detail: 'no such field' };
const fresh = () => true;

/** Everything that was accepted, in order, by whom. */
function story(...steps: readonly (readonly [string, RuleCommand])[]): RuleState {
  return steps.reduce((state: RuleState, [who, command]) => {
    const decision = decideRule(state, 0n, command);
    if (decision.outcome !== 'accept') throw new Error(`${command.kind} was ${decision.outcome === 'reject' ? decision.rejection.code : decision.outcome}`);
    return decision.events.reduce((before: RuleState, event: RiskRuleEvent) => ruleRecord.evolve(before, event, {
      id: ID, stream: `riskrule-${ID}`, revision: 0n, position: 0n, event,
      metadata: { commandId: ID, $correlationId: ID, $causationId: ID, actor: actor(who), schemaVersion: 1, recordedAt: '2025-03-01T08:00:00.000Z' } satisfies EventMetadata,
    }), state);
  }, { status: 'absent' });
}

const draft = ['zhang', { kind: 'draft', ruleId: ID, formula: formula(1), faults: [] }] as const;
const submit = ['zhang', { kind: 'submit', precondition: fresh }] as const;
const publish = (who: string, threshold = 1, more: object = {}) => [who, { kind: 'publish', by: actor(who), hash: hashOfFormula(formula(threshold)), faults: [], precondition: fresh, ...more } as RuleCommand] as const;
const revise = (who: string, threshold: number) => [who, { kind: 'revise', formula: formula(threshold), faults: [], precondition: fresh } as RuleCommand] as const;
const withdraw = ['li', { kind: 'withdraw', reason: 'too many', precondition: fresh }] as const;
const park = ['risk', { kind: 'park', version: 1, code: 'catalogue_changed', cause: ID }] as const;

const drafted = story(draft);
const published = story(draft, submit, publish('li'));
const withdrawn = story(draft, submit, publish('li'), withdraw);

/** Each breaks also every rule after its own that it can break at the same time. */
const refused: readonly [RuleCode | 'if_match_stale', RuleState, RuleCommand][] = [
  ['risk_rule_not_found', { status: 'absent' }, publish('zhang', 2, { faults: [fault], precondition: () => false })[1]],
  ['if_match_stale', drafted, publish('zhang', 2, { faults: [fault], precondition: () => false })[1]],
  ['risk_rule_invalid', drafted, publish('zhang', 2, { faults: [fault] })[1]],
  ['risk_rule_own', drafted, publish('zhang', 2)[1]],
  ['risk_rule_no_draft', withdrawn, publish('li', 2)[1]],
  ['risk_rule_not_submitted', drafted, publish('li', 2)[1]],
  ['risk_rule_changed', story(draft, submit), publish('li', 2)[1]],
  ['risk_rule_not_published', withdrawn, { kind: 'resume', precondition: fresh }],
  ['risk_rule_not_parked', published, { kind: 'resume', precondition: fresh }],
];

t.test('every refusal, in the order of the table', async (t) => {
  t.same(refused.map(([code]) => code).filter((code) => code !== 'if_match_stale'), ruleRejections.map(({ code }) => code));
  for (const [code, state, command] of refused) t.match(decideRule(state, 7n, command), { outcome: 'reject', rejection: { code } }, code);
  for (const command of [{ kind: 'draft', ruleId: ID, formula: formula(1), faults: [fault] }, { ...revise('zhang', 2)[1], faults: [fault] }] as const)
    t.match(decideRule(command.kind === 'draft' ? { status: 'absent' } : drafted, 7n, command as RuleCommand), { rejection: { code: 'risk_rule_invalid', errors: [fault] } });
});

t.test('nobody publishes what they wrote, revised or submitted, whoever acts for whom', async (t) => {
  const state = story(draft, revise('wang', 2), ['zhao', { kind: 'submit', precondition: fresh }]);
  for (const by of [actor('zhang'), actor('wang'), actor('zhao'), actor('li', 'wang'), actor('zhao', 'li')])
    t.match(decideRule(state, 0n, publish('x', 2, { by })[1]), { rejection: { code: 'risk_rule_own' } }, JSON.stringify(by));
  t.match(decideRule(state, 0n, publish('li', 2)[1]), { outcome: 'accept', events: [{ type: 'RiskRulePublished', data: { version: 1, hash: hashOfFormula(formula(2)) } }] });
});

t.test('versions follow each other, one is in force, and what was reviewed and then changed has to be reviewed again', async (t) => {
  const second = story(draft, submit, publish('li'), revise('li', 5), ['li', { kind: 'submit', precondition: fresh }]);
  t.match(second, { draft: { version: 2, status: 'submitted' }, released: [{ version: 1, status: 'published' }] });
  const both = story(draft, submit, publish('li'), revise('li', 5), ['li', { kind: 'submit', precondition: fresh }], publish('zhang', 5));
  t.match(both, { draft: null, released: [{ version: 1, status: 'superseded' }, { version: 2, status: 'published' }] });
  t.match(story(draft, submit, revise('zhang', 3)), { draft: { status: 'draft' } });
  t.match(story(draft, submit, ['li', { kind: 'return', by: actor('li'), reason: 'why 1?', precondition: fresh }]), { draft: { status: 'draft', version: 1 } });
  t.equal(decideRule(drafted, 0n, revise('zhang', 1)[1]).outcome, 'nothing', 'the same formula is no revision');
  t.match(withdrawn, { released: [{ status: 'withdrawn' }] });
  t.match(story(draft, submit, publish('li'), withdraw, revise('zhang', 4)), { draft: { version: 2 } });
});

t.test('a version that failed is parked until somebody resumes it; a further failure of it, or of one that is not in force, changes nothing', async (t) => {
  const parked = story(draft, submit, publish('li'), park);
  t.match(parked.status === 'known' && inForce(parked), { parked: { code: 'catalogue_changed', cause: ID } });
  t.equal(decideRule(parked, 0n, park[1]).outcome, 'nothing');
  t.equal(decideRule(published, 0n, { ...park[1], version: 2 }).outcome, 'nothing');
  t.equal(decideRule({ status: 'absent' }, 0n, park[1]).outcome, 'nothing');
  t.match(story(draft, submit, publish('li'), park, ['li', { kind: 'resume', precondition: fresh }]), { released: [{ parked: null }] });
});

t.test('what comes with the program is in force at once, and is left alone once it has been there', async (t) => {
  const found: RuleCommand = { kind: 'found', ruleId: ID, formula: formula(1) };
  t.match(story(['passbook', found]), { released: [{ version: 1, status: 'published', publishedBy: { id: 'passbook' } }] });
  for (const state of [drafted, published, withdrawn]) t.equal(decideRule(state, 0n, found).outcome, 'nothing');
});
