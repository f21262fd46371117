/**
 * What is wrong with a rule, in order of precedence. All nodes' errors are told at once, of each node the first only;
 * the nodes below a group, and those of an aggregate's `where`, tell their own. `too_large` and `too_many_nodes` are told alone.
 */
export const RULE_ERRORS = {
  too_large: 'more JSON than LIMITS.json, or nested deeper than LIMITS.nesting: it is not looked at',
  too_many_nodes: 'more nodes in all than LIMITS.nodes',
  too_deep: 'more nodes on the way from the root than LIMITS.depth: what is below is not looked at',
  malformed: 'not of the shape of the language: a member is missing, unknown or of another kind',
  unknown_fact: 'the catalogue has no such kind of fact',
  unknown_key: 'facts of this kind do not have this key',
  trigger_missing: 'speaks of the fact that triggers, and no such fact, or none with this key, triggers the rule',
  field_unexpected: 'count counts facts, and takes no field',
  field_missing: 'the function needs a field to compute over',
  unknown_field: 'the catalogue has no such attribute, or the kind of fact no such field',
  field_unfit: 'the function is not possible over fields of this type',
  currency_missing: 'an aggregate of money has to say its currency',
  currency_unexpected: 'a currency where no money is computed',
  window_invalid: 'not an ISO 8601 duration of weeks, days, hours and minutes longer than nothing',
  window_inexact: 'months, years or seconds in a duration: months and years are of no exact length, seconds are finer than rules are',
  window_too_long: 'longer than LIMITS.windowDays',
  list_unknown: 'there is no such list or segment',
  list_cycle: 'the list or segment depends on the rule itself',
  operator_invalid: 'values of this type, or in this place, have no such operator',
  value_unexpected: 'the operator takes no value',
  value_missing: 'the operator needs a value',
  type_mismatch: 'the value is of another type than what it is compared with',
  list_too_long: 'more members of a group than LIMITS.children, or more values than LIMITS.values',
  currency_unknown: 'no currency of this bank',
  currency_mismatch: 'money of one currency compared with money of another',
  value_out_of_range: 'a number, amount, text, date or factor outside what is allowed, or with too many decimals',
  value_unknown: 'not one of the values there can be',
  range_inverted: 'the first value of between is above the second',
} as const;
export type RuleErrorCode = keyof typeof RULE_ERRORS;

export interface RuleError {
  /** JSON pointer (RFC 6901) from the root of the tree to the node, or to the member of it that is wrong; '' is the root. */
  readonly node: string;
  readonly code: RuleErrorCode;
  /** In English: what was found. */
  readonly detail: string;
}
