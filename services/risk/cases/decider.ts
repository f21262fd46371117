import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import { isAbove } from '../../../shared/events/risk/values.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../../shared/kernel/decision.js';
import type { CaseCode } from '../rejections.js';
import type { Alert, CaseCommand, Worker, WorkCase } from './commands.js';
import type { CaseState, KnownCase } from './state.js';

type CaseDecision = Decision<RiskCaseEvent, CaseCode | 'if_match_stale'>;

/** Longer than that nobody may look away. */
export const LONGEST_SNOOZE_DAYS = 90;
const DAY_MS = 86_400_000;

export function decideCase(state: CaseState, revision: bigint, command: CaseCommand): CaseDecision {
  if (command.kind === 'raise-alert') return raiseAlert(state, command.caseId, command.alert);
  if (command.kind === 'end-snooze') return state.status === 'snoozed' && command.at >= new Date(state.until) ? accept(woken(state)) : nothing;
  if (state.status === 'absent') return reject('case_not_found');
  if (isAboutThemselves(state, command.by)) return reject('case_own');
  if (!command.precondition(revision)) return reject('if_match_stale', `the case is at revision ${revision}`);
  return state.status === 'closed' ? reject('case_closed', `round ${state.round} was closed as ${state.outcome}`) : work(state, command);
}

/** Opens the case, or folds into the open one. That the same alert does it once is the command id's doing: it is the alert's. */
function raiseAlert(state: CaseState, caseId: string, { trace, accounts, evidence, ...alert }: Alert): CaseDecision {
  const { customerId, kind, severity } = alert;
  const opens = state.status === 'absent' || state.status === 'closed';
  const round = state.status === 'absent' ? 1 : state.status === 'closed' ? state.round + 1 : state.round;
  const of = { caseId, customerId, round };
  const raised: RiskCaseEvent = {
    type: 'AlertRaised', data: { ...of, ...alert, accounts: [...accounts], evidence: [...evidence], trace: [...trace], muted: state.status === 'snoozed' },
  };
  if (opens) return accept<RiskCaseEvent>({ type: 'RiskCaseOpened', data: { ...of, kind, severity } }, raised);
  return isAbove(severity, state.severity) ? accept<RiskCaseEvent>(raised, { type: 'RiskCaseSeverityRaised', data: { ...of, severity } }) : accept<RiskCaseEvent>(raised);
}

function work(state: Exclude<KnownCase, { status: 'closed' }>, command: WorkCase): CaseDecision {
  const { caseId, customerId, round } = state;
  const of = { caseId, customerId, round };
  switch (command.kind) {
    case 'assign':
      if (command.assignee !== null && !command.isAble) return reject('case_assignee_unable');
      return command.assignee === state.assignee ? nothing : accept<RiskCaseEvent>({ type: 'RiskCaseAssigned', data: { ...of, assignee: command.assignee } });
    case 'snooze': {
      const { at, until, reason } = command;
      if (until <= at || until.getTime() > at.getTime() + LONGEST_SNOOZE_DAYS * DAY_MS) return reject('case_snooze_invalid', `at most ${LONGEST_SNOOZE_DAYS} days from now`);
      return accept<RiskCaseEvent>({ type: 'RiskCaseSnoozed', data: { ...of, until: until.toISOString(), reason } });
    }
    case 'wake':
      return state.status === 'snoozed' ? accept(woken(state)) : reject('case_not_snoozed');
    case 'escalate': {
      if (state.escalated) return reject('case_escalated_already');
      const escalated: RiskCaseEvent = { type: 'RiskCaseEscalated', data: { ...of, reason: command.reason } };
      return state.status === 'snoozed' ? accept<RiskCaseEvent>(woken(state), escalated) : accept<RiskCaseEvent>(escalated);
    }
    case 'comment':
      return accept<RiskCaseEvent>({ type: 'RiskCaseCommented', data: { ...of, text: command.text } });
    case 'close':
      if (state.escalated && (!command.worksOnAll || areSame(state.escalated.by, command.by))) return reject('case_escalated');
      return accept<RiskCaseEvent>({ type: 'RiskCaseClosed', data: { ...of, outcome: command.outcome, ...(command.reason !== undefined && { reason: command.reason }) } });
    default:
      return unreachable(command);
  }
}

const woken = ({ caseId, customerId, round, muted }: Extract<KnownCase, { status: 'snoozed' }>): RiskCaseEvent => ({ type: 'RiskCaseWoken', data: { caseId, customerId, round, muted } });

const isAboutThemselves = ({ customerId }: KnownCase, { id, actingAs }: Worker): boolean => customerId === id || customerId === actingAs;

/** Nobody stands on both sides, whoever acts for whom. */
function areSame(one: Worker, other: Worker): boolean {
  const sides = [one.id, one.actingAs];
  return sides.includes(other.id) || (other.actingAs !== undefined && sides.includes(other.actingAs));
}
