import type { Formula, RiskRuleEvent } from '../../../shared/events/risk/rule-events.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../../shared/kernel/decision.js';
import type { RuleCode } from '../rejections.js';
import type { Author, RuleCommand } from './commands.js';
import { hashOfFormula, inForce, type KnownRule, type RuleState } from './state.js';

type RuleDecision = Decision<RiskRuleEvent, RuleCode | 'if_match_stale'>;

export function decideRule(state: RuleState, revision: bigint, command: RuleCommand): RuleDecision {
  switch (command.kind) {
    case 'draft':
      // The id is made from the command, so whatever is here was drafted by this very one.
      if (state.status !== 'absent') return nothing;
      return command.faults.length > 0 ? reject('risk_rule_invalid', undefined, command.faults) : accept(drafted(command.ruleId, 1, command.formula));
    case 'found': {
      if (state.status !== 'absent') return nothing;
      const { ruleId, formula } = command;
      return accept<RiskRuleEvent>(drafted(ruleId, 1, formula), { type: 'RiskRulePublished', data: { ruleId, version: 1, hash: hashOfFormula(formula) } });
    }
    case 'park': {
      if (state.status === 'absent') return nothing;
      const running = inForce(state);
      if (running?.version !== command.version || running.parked) return nothing;
      return accept<RiskRuleEvent>({ type: 'RiskRuleParked', data: { ruleId: state.ruleId, version: command.version, code: command.code, cause: command.cause } });
    }
    default:
      if (state.status === 'absent') return reject('risk_rule_not_found');
      return command.precondition(revision) ? change(state, command) : reject('if_match_stale', `the rule is at revision ${revision}`);
  }
}

function change(state: KnownRule, command: Exclude<RuleCommand, { kind: 'draft' | 'found' | 'park' }>): RuleDecision {
  const { ruleId, draft } = state;
  const running = inForce(state);
  switch (command.kind) {
    case 'revise':
      if (command.faults.length > 0) return reject('risk_rule_invalid', undefined, command.faults);
      if (!draft) return accept(drafted(ruleId, state.released.length + 1, command.formula));
      if (draft.hash === hashOfFormula(command.formula)) return nothing;
      return accept<RiskRuleEvent>({ type: 'RiskRuleRevised', data: { ruleId, version: draft.version, formula: command.formula, hash: hashOfFormula(command.formula) } });
    case 'submit':
      if (!draft) return reject('risk_rule_no_draft');
      return draft.status === 'submitted' ? nothing : accept<RiskRuleEvent>({ type: 'RiskRuleSubmitted', data: { ruleId, version: draft.version, hash: draft.hash } });
    case 'return': {
      const refused = unready(state, command.by);
      return refused ?? accept<RiskRuleEvent>({ type: 'RiskRuleReturned', data: { ruleId, version: draft!.version, reason: command.reason } });
    }
    case 'publish': {
      if (draft && command.faults.length > 0) return reject('risk_rule_invalid', 'it was valid when it was written', command.faults);
      const refused = unready(state, command.by);
      if (refused) return refused;
      if (draft!.hash !== command.hash) return reject('risk_rule_changed', `the draft has the hash ${draft!.hash}`);
      return accept<RiskRuleEvent>({ type: 'RiskRulePublished', data: { ruleId, version: draft!.version, hash: draft!.hash } });
    }
    case 'withdraw':
      return running ? accept<RiskRuleEvent>({ type: 'RiskRuleWithdrawn', data: { ruleId, version: running.version, reason: command.reason } }) : reject('risk_rule_not_published');
    case 'resume':
      if (!running) return reject('risk_rule_not_published');
      return running.parked ? accept<RiskRuleEvent>({ type: 'RiskRuleResumed', data: { ruleId, version: running.version } }) : reject('risk_rule_not_parked');
    default:
      return unreachable(command);
  }
}

const drafted = (ruleId: string, version: number, formula: Formula): RiskRuleEvent => ({ type: 'RiskRuleDrafted', data: { ruleId, version, formula, hash: hashOfFormula(formula) } });

/** Why `by` may not review the draft; undefined where they may. */
function unready({ draft }: KnownRule, by: Author): RuleDecision | undefined {
  if (draft?.authors.some((author) => areSame(author, by))) return reject('risk_rule_own');
  if (!draft) return reject('risk_rule_no_draft');
  return draft.status === 'submitted' ? undefined : reject('risk_rule_not_submitted');
}

/** Nobody stands on both sides, whoever acts for whom. */
function areSame(one: Pick<Author, 'id' | 'actingAs'>, other: Pick<Author, 'id' | 'actingAs'>): boolean {
  const sides = [one.id, one.actingAs];
  return sides.includes(other.id) || (other.actingAs !== undefined && sides.includes(other.actingAs));
}
