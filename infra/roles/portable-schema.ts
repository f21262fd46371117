import { z } from 'zod';
import { shownForm } from '../../shared/access/field-view.js';
import { portableParts } from './portable-data.js';

/** The published JSON Schema of a hand-over's lines, by part, as the file beside this one holds it: what is classified may be absent or masked. */
export function portableJsonSchema(): string {
  const parts = portableParts({} as never).map(({ name, schema }) => [name, z.toJSONSchema(z.object({ part: z.literal(name), content: shownForm(schema) }), { target: 'draft-2020-12', unrepresentable: 'any', override: withoutOwnId })]);
  return `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'urn:passbook:portable-data:1', title: 'One line of a portable-data hand-over, by part', parts: Object.fromEntries(parts) }, null, 2)}\n`;
}

/** Ids name definitions here, not addresses. */
function withoutOwnId({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  delete jsonSchema['id'];
}
