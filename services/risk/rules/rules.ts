import type { Formula } from '../../../shared/events/risk/rule-events.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { systemContext } from '../../../shared/http/system-context.js';
import type { FieldError } from '../../../shared/kernel/decision.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import type { Executed, Loaded, Records } from '../../../shared/records/record.js';
import type { RuleCommand } from './commands.js';
import { decideRule } from './decider.js';
import { ruleRecord, type KnownRule, type RuleState } from './state.js';

/** All that the language and the bank's catalogue say against a formula at this moment; pointers begin at the formula. */
export type CheckFormula = (formula: Formula) => Promise<readonly FieldError[]>;

export interface Rules {
  load(id: string): Promise<Loaded<KnownRule> | undefined>;
  execute(id: string, command: RuleCommand, context: CommandContext): Promise<Executed>;
  readonly check: CheckFormula;
}

export function createRules({ records, check }: { readonly records: Records; readonly check: CheckFormula }): Rules {
  const execute = (id: string, command: RuleCommand, context: CommandContext): Promise<Executed> =>
    records.execute(ruleRecord, id, context, ({ state, revision }) => decideRule(state, revision, command));
  return {
    check,
    execute,
    async load(id) {
      const loaded = await records.load(ruleRecord, id);
      return loaded && isKnown(loaded) ? loaded : undefined;
    },
  };
}

export interface RuleFailure {
  readonly ruleId: string;
  readonly version: number;
  readonly code: string;
  /** Of an event, or made from a due time. */
  readonly cause: string;
}

/** For the evaluator: this version failed when it was run. Nothing where it is not in force, or parked already; the same failure again stores nothing. */
export async function parkRule(records: Records, { ruleId, version, code, cause }: RuleFailure, now: () => Date): Promise<void> {
  const context = { ...systemContext('risk', now(), commandIdOf('risk', `park ${ruleId} ${version}`, cause)), repeatable: true };
  await records.execute(ruleRecord, ruleId, context, ({ state, revision }) => decideRule(state, revision, { kind: 'park', version, code, cause }));
}

/** A rule that comes with the program. */
export interface BuiltInRule {
  readonly key: string;
  readonly formula: Formula;
}

export const builtInRuleId = (key: string): string => commandIdOf('risk', 'built-in-rule', key);

/** Publishes, by the system and as version 1, those that have never been there: what the bank has made of the others since is the bank's. */
export async function foundRules(records: Records, rules: readonly BuiltInRule[], now: () => Date): Promise<void> {
  for (const { key, formula } of rules) {
    const ruleId = builtInRuleId(key);
    const context = { ...systemContext('passbook', now(), commandIdOf('risk', 'found-rule', key)), repeatable: true };
    await records.execute(ruleRecord, ruleId, context, ({ state, revision }) => decideRule(state, revision, { kind: 'found', ruleId, formula }));
  }
}

const isKnown = (loaded: Loaded<RuleState>): loaded is Loaded<KnownRule> => loaded.state.status !== 'absent';
