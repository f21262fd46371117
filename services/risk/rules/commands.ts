import type { Actor } from '../../../shared/events/definition.js';
import type { Formula } from '../../../shared/events/risk/rule-events.js';
import type { FieldError } from '../../../shared/kernel/decision.js';

export type Author = Pick<Actor, 'id' | 'role' | 'channel' | 'actingAs'>;

/** `faults`: what the language and the catalogue of this moment say against the formula; `precondition`: whether the revision is the one that was looked at. */
interface Checked { readonly faults: readonly FieldError[] }
interface Conditional { readonly precondition: (revision: bigint) => boolean }

export type RuleCommand =
  | { readonly kind: 'draft'; readonly ruleId: string; readonly formula: Formula } & Checked
  /** Of the draft; where there is none, of the version in force, which makes the next. */
  | { readonly kind: 'revise'; readonly formula: Formula } & Checked & Conditional
  | { readonly kind: 'submit' } & Conditional
  | { readonly kind: 'return'; readonly by: Author; readonly reason: string } & Conditional
  /** `hash`: of what the publisher has read. */
  | { readonly kind: 'publish'; readonly by: Author; readonly hash: string } & Checked & Conditional
  | { readonly kind: 'withdraw'; readonly reason: string } & Conditional
  | { readonly kind: 'resume' } & Conditional
  /** The evaluator's: nothing where the version is not in force any more. */
  | { readonly kind: 'park'; readonly version: number; readonly code: string; readonly cause: string }
  /** The founding of a rule that comes with the program: in force at once, by the system, unless the rule has ever been there. */
  | { readonly kind: 'found'; readonly ruleId: string; readonly formula: Formula };
