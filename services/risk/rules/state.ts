import { createHash } from 'node:crypto';
import type { Formula, RiskRuleEvent } from '../../../shared/events/risk/rule-events.js';
import { canonicalJson } from '../../../shared/kernel/canonical-json.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';
import * as versions from '../../../shared/records/versions.js';

interface Content { readonly formula: Formula }
export type Draft = versions.Draft<Content>;
export type Released = versions.Released<Content>;

export type RuleState = { readonly status: 'absent' } | (versions.Versions<Content> & { readonly status: 'known'; readonly ruleId: string });
export type KnownRule = Exclude<RuleState, { status: 'absent' }>;

/** What was reviewed and what runs is told apart by this. */
export const hashOfFormula = (formula: Formula): string => createHash('sha256').update(canonicalJson(formula)).digest('hex');

export { inForce } from '../../../shared/records/versions.js';

/** Stream "riskrule-<id>". */
export const ruleRecord = defineRecord<RuleState, RiskRuleEvent>({
  name: 'riskrule',
  initial: { status: 'absent' },
  evolve(state, event, { metadata: { actor, recordedAt } }) {
    const known = state.status === 'absent' ? undefined : state;
    if (!known && event.type !== 'RiskRuleDrafted') return state;
    return { status: 'known', ruleId: known?.ruleId ?? event.data.ruleId, ...versions.evolveVersions(known ?? versions.noVersions, stepOf(event), actor, recordedAt) };
  },
});

function stepOf({ type, data }: RiskRuleEvent): versions.VersionStep<Content> {
  switch (type) {
    case 'RiskRuleDrafted':
      return { kind: 'drafted', version: data.version, content: { formula: data.formula }, hash: data.hash };
    case 'RiskRuleRevised':
      return { kind: 'revised', content: { formula: data.formula }, hash: data.hash };
    case 'RiskRuleSubmitted':
      return { kind: 'submitted' };
    case 'RiskRuleReturned':
      return { kind: 'returned' };
    case 'RiskRulePublished':
      return { kind: 'published' };
    case 'RiskRuleWithdrawn':
      return { kind: 'withdrawn' };
    case 'RiskRuleParked':
      return { kind: 'parked', code: data.code, cause: data.cause };
    case 'RiskRuleResumed':
      return { kind: 'resumed' };
    default:
      return unreachable(type);
  }
}
