import { z } from 'zod';
import type { EventDefinition } from './definition.js';
import { metadataSchema } from './definition.js';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>> & { readonly $id: string };

/** The contract of one event version as it stands in the log and on Kafka: sealed, strict. */
export function sealedJsonSchema({ type, module, versions }: EventDefinition, version: number): JsonSchema {
  const form = versions[version - 1];
  if (!form) throw new Error(`${type} has no version ${version}`);
  return { ...jsonSchemaOf(form.sealedSchema), $id: `urn:passbook:${module}:${type}:${version}`, title: type, description: `${type}, version ${version}: sealed form` } as JsonSchema;
}

/** The contract of every event's metadata. Not strict: the event store and tracing may add to it. */
export const metadataJsonSchema = (): JsonSchema =>
  ({ ...jsonSchemaOf(metadataSchema), $id: 'urn:passbook:metadata', title: 'Metadata', description: 'Metadata of every event' }) as JsonSchema;

/** The schema in the place `schemas/<path>` under shared/events: what `npm run schemas` writes and a test compares. */
export function schemaFiles(definitions: readonly EventDefinition[]): ReadonlyMap<string, JsonSchema> {
  const files = new Map<string, JsonSchema>([['metadata.json', metadataJsonSchema()]]);
  for (const definition of definitions)
    for (let version = 1; version <= definition.version; version++)
      files.set(`${definition.module}/${definition.type}.v${version}.json`, sealedJsonSchema(definition, version));
  return files;
}

// As input, because that leaves open what is open (metadata) and is otherwise the wire form; nothing here is transformed on reading.
const jsonSchemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });

/** Where the schema of one version stands under the URL of all of them. */
export const schemaPath = (type: string, version: number): string => `${type}/${version}.json`;

export const schemaText = (schema: JsonSchema): string => `${JSON.stringify(schema, null, 2)}\n`;
