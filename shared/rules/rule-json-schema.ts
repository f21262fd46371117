import { z } from 'zod';
import { ruleSchema } from './language.js';

/** The published JSON Schema of rules, as `rule.schema.json` beside this file holds it. What the catalogue allows it cannot say: `checkRule` does. */
export function ruleJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(ruleSchema, { target: 'draft-2020-12', override: withoutOwnId });
  return `${JSON.stringify({ $schema, $id: 'urn:passbook:rule:1', title: 'A rule over a subject\'s attributes, facts and lists', ...schema }, null, 2)}\n`;
}

/** Ids name definitions here, not addresses. */
function withoutOwnId({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  delete jsonSchema['id'];
}
