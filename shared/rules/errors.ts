/**
 * What is wrong with a rule. All errors are told at once, those of one node in the order of this table, the first only:
 * a node is not looked into for later ones. What is wrong with the size of the tree is told alone.
 */
export const RULE_ERRORS = {
  too_deep: 'more nodes on the way from the root than LIMITS.depth allows, or JSON nested too deep to be a rule',
  too_many_nodes: 'more nodes in all than LIMITS.nodes allows, or more JSON than any rule has',
  malformed: 'not of the shape of the language: a member is missing, unknown or of another kind',
  unknown_field: 'the catalogue has no such attribute, or the kind of fact no such field',
  unknown_fact: 'the catalogue has no such kind of fact',
  unknown_key: 'facts of this kind do not have this key',
  trigger_missing: 'speaks of the fact that triggers, and no such fact, or none with this key, triggers the rule',
  field_missing: 'the function needs a field to compute over',
  field_unexpected: 'count counts facts, and takes no field',
  currency_missing: 'an aggregate of money has to say its currency',
  currency_unexpected: 'a currency where no money is computed',
  list_unknown: 'there is no such list or segment',
  list_cycle: 'the list or segment depends on the rule itself',
  window_invalid: 'not an ISO 8601 duration of weeks, days, hours and minutes longer than nothing',
  window_inexact: 'months, years, seconds or fractions in a duration: months and years are of no exact length, the rest is finer than rules are',
  window_too_long: 'longer than LIMITS.windowDays',
  operator_invalid: 'values of this type, or in this place, have no such operator',
  value_missing: 'the operator needs a value',
  value_unexpected: 'the operator takes no value',
  type_mismatch: 'the value is of another type than what it is compared with',
  currency_unknown: 'no currency of this bank',
  currency_mismatch: 'money of one currency compared with money of another',
  value_unknown: 'not one of the values there can be',
  value_out_of_range: 'a number, amount, text, date or factor outside what is allowed, or with too many decimals',
  range_inverted: 'the first value of between is above the second',
  list_too_long: 'more values than LIMITS.values allows',
} as const;
export type RuleErrorCode = keyof typeof RULE_ERRORS;

export interface RuleError {
  /** JSON pointer (RFC 6901) from the root of the tree; '' is the root. */
  readonly node: string;
  readonly code: RuleErrorCode;
  /** In English: what was found. */
  readonly detail: string;
}
