import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** Of cases, in order of precedence. */
export const caseRejections = defineRejections([
  { code: 'case_not_found', status: 404, title: 'No such case' },
  { code: 'alert_not_found', status: 404, title: 'No such alert' },
  { code: 'case_own', status: 403, title: 'Nobody works on a case about themselves' },
  { code: 'case_closed', status: 422, title: 'The case is closed; the next alert opens it again' },
  { code: 'case_assignee_unable', status: 422, title: 'Who it shall be assigned to may not work on this case' },
  { code: 'case_snooze_invalid', status: 422, title: 'A snooze ends later than now, and soon enough' },
  { code: 'case_not_snoozed', status: 422, title: 'The case is not snoozed' },
  { code: 'case_escalated_already', status: 422, title: 'The case has been escalated' },
  { code: 'case_escalated', status: 403, title: 'An escalated case is closed by who works on all customers\' cases, and not by who escalated it' },
  { code: 'case_customer_erased', status: 422, title: 'The customer has been erased: nothing can be written about them' },
]);
export type CaseCode = CodeOf<typeof caseRejections>;

/** Of rules, in order of precedence. */
export const ruleRejections = defineRejections([
  { code: 'risk_rule_not_found', status: 404, title: 'No such rule' },
  { code: 'risk_rule_invalid', status: 422, title: 'The rule is not one that can be run; each error names its node' },
  { code: 'risk_rule_own', status: 403, title: 'Nobody publishes what they wrote' },
  { code: 'risk_rule_no_draft', status: 422, title: 'The rule has no draft' },
  { code: 'risk_rule_not_submitted', status: 422, title: 'The draft has not been submitted' },
  { code: 'risk_rule_changed', status: 409, title: 'The draft is not the one that was reviewed' },
  { code: 'risk_rule_not_published', status: 422, title: 'No version of the rule is in force' },
  { code: 'risk_rule_not_parked', status: 422, title: 'The rule is not parked' },
]);
export type RuleCode = CodeOf<typeof ruleRejections>;

/** Of backtests; those of the rule come first. */
export const backtestRejections = defineRejections([
  { code: 'backtest_not_found', status: 404, title: 'No such backtest, or it is older than 30 days' },
  { code: 'backtest_running', status: 409, title: 'Another backtest is running: it has to end first' },
]);
