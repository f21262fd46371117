import type { Actor } from '../../../shared/events/definition.js';
import type { SegmentDefinition } from '../../../shared/events/marketing/segment-events.js';
import type { FieldError } from '../../../shared/kernel/decision.js';

export type Author = Pick<Actor, 'id' | 'role' | 'channel' | 'actingAs'>;

/** `faults`: what the language and the catalogue of this moment say against the definition; `precondition`: whether the revision is the one that was looked at. */
interface Checked { readonly faults: readonly FieldError[] }
interface Conditional { readonly precondition: (revision: bigint) => boolean }

export type SegmentCommand =
  | { readonly kind: 'draft'; readonly segmentId: string; readonly definition: SegmentDefinition } & Checked
  /** Of the draft; where there is none, of the version in force, which makes the next. */
  | { readonly kind: 'revise'; readonly definition: SegmentDefinition } & Checked & Conditional
  | { readonly kind: 'submit' } & Conditional
  | { readonly kind: 'return'; readonly by: Author; readonly reason: string } & Conditional
  /** `hash`: of what the publisher has read. */
  | { readonly kind: 'publish'; readonly by: Author; readonly hash: string } & Checked & Conditional
  /** `usedBy`: the segments and risk rules in force that refer to it. */
  | { readonly kind: 'withdraw'; readonly reason: string; readonly usedBy: readonly string[] } & Conditional
  | { readonly kind: 'resume' } & Conditional
  /** The evaluator's: nothing where the version is not in force any more. */
  | { readonly kind: 'park'; readonly version: number; readonly code: string; readonly cause: string };
