import { z } from 'zod';
import { mappingSchema } from './mapping.js';

/** The published JSON Schema of mappings, as the file beside this one holds it. */
export const mappingJsonSchema = (): string =>
  `${JSON.stringify(z.toJSONSchema(mappingSchema, { io: 'input', target: 'draft-2020-12', override: withoutOwnId }), null, 2)}\n`;

/** Ids name definitions here, not addresses. */
function withoutOwnId({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  delete jsonSchema['id'];
}
