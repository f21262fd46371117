import type { SegmentDefinition } from '../../../shared/events/marketing/segment-events.js';
import type { FieldError } from '../../../shared/kernel/decision.js';
import type { Catalogue } from '../../../shared/rules/catalogue.js';
import { checkRule } from '../../../shared/rules/check.js';
import type { CheckedRule } from '../../../shared/rules/checked.js';
import { prettyRule } from '../../../shared/rules/pretty.js';
import { marketingCatalogue } from '../../evaluation/catalogue.js';

/** The segments in force, as rules may refer to them. */
export interface KnownSegments {
  /** What one refers to itself; null where none of that id is in force. */
  readonly refersTo: (id: string) => readonly string[] | null;
  readonly nameOf: (id: string) => string;
  /** Segments and risk rules in force that refer to it. */
  readonly usersOf: (id: string) => readonly string[];
}

/** Everything that is wrong with a segment's definition, by JSON pointers into it. `self`: its id, null while it has none. */
export function checkDefinition(catalogue: Catalogue, known: KnownSegments, self: string | null, definition: SegmentDefinition): readonly FieldError[] {
  if (definition.kind === 'list') return [];
  const check = checkRule(definition.tree, catalogue, { trigger: null, lists: known.refersTo, self });
  return check.ok ? [] : check.errors.map(({ node, code, detail }) => ({ pointer: `/tree${node}`, code, detail }));
}

/** The rule in words, where the catalogue of this moment knows all that it speaks of. */
export function describeDefinition(catalogue: Catalogue, nameOf: KnownSegments['nameOf'], definition: SegmentDefinition): { readonly en: string; readonly zh: string } | undefined {
  const rule = ruleOf(definition, catalogue);
  return rule && { en: prettyRule(rule, catalogue, 'en', nameOf), zh: prettyRule(rule, catalogue, 'zh', nameOf) };
}

/** Whatever its lists are; undefined for an uploaded list, and where the catalogue does not know all that it speaks of. */
export function ruleOf(definition: SegmentDefinition, catalogue: Catalogue = marketingCatalogue): CheckedRule | undefined {
  if (definition.kind === 'list') return undefined;
  const check = checkRule(definition.tree, catalogue, { trigger: null, lists: () => [], self: null });
  return check.ok ? check.rule : undefined;
}
