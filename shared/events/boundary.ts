import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { metadataJsonSchema, sealedJsonSchema } from './json-schemas.js';
import { definitionsByType } from './registry.js';

// Every format that the schemas name comes with its pattern, which decides; checking both would cost twice (json-schemas.test.ts holds it so).
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });

const validators = new Map<string, ValidateFunction>();
const metadataValidator = once(() => ajv.compile(metadataJsonSchema()));

/**
 * What is wrong with a sealed event, as its published JSON Schema says; empty when nothing is. Each fault names its place and never the value
 * ("data/legs/0/money/amount must match pattern …").
 */
export function checkSealed(type: string, version: number, data: unknown, metadata: unknown): string[] {
  const definition = definitionsByType.get(type);
  if (!definition) return [`unknown event type ${type}`];
  if (!definition.versions[version - 1]) return [`${type} has no version ${version}`];
  const name = `${type}.v${version}`;
  let validator = validators.get(name);
  if (!validator) validators.set(name, (validator = ajv.compile(sealedJsonSchema(definition, version))));
  const faults = [...faultsOf(validator, data, 'data'), ...faultsOf(metadataValidator(), metadata, 'metadata')];
  if (faults.length === 0 && (metadata as { schemaVersion: number }).schemaVersion !== version) return [`metadata/schemaVersion is not ${version}`];
  return faults;
}

function faultsOf(validator: ValidateFunction, value: unknown, what: string): string[] {
  if (validator(value)) return [];
  return validator.errors!.map(({ instancePath, message, params }) => {
    const name: unknown = params['additionalProperty'] ?? undefined;
    return `${what}${instancePath} ${message}${typeof name === 'string' ? ` (${name})` : ''}`;
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
