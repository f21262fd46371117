import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import type { FieldError } from '../kernel/decision.js';
import { fieldErrorsOf } from './field-errors.js';

/** The request is wrong in itself: every fault found, at once. Answered as 400 `request_invalid`. */
export class RequestInvalid extends Error {
  override readonly name = 'RequestInvalid';
  constructor(readonly errors: readonly FieldError[], readonly detail?: string) {
    super('request_invalid');
  }
}

/** Faults that a schema cannot state (checksums, fields that must agree). Gets the value as sent, of any shape: looks only at what it can read. */
export type Check = (candidate: unknown) => readonly FieldError[];

const checks = new WeakMap<z.ZodType, Check>();

/**
 * Ties consistency checks to a schema. They run whether or not the shape is right, so that all faults come at once
 * (zod skips object-level refinements as soon as one field is wrong).
 */
export function withChecks<S extends z.ZodType>(schema: S, check: Check): S {
  checks.set(schema, check);
  return schema;
}

/** The checks of one schema for another that was made from it. */
export function withChecksOf<S extends z.ZodType>(schema: S, from: z.ZodType): S {
  const check = checks.get(from);
  return check ? withChecks(schema, check) : schema;
}

export type Validated<T> = { readonly value: T } | { readonly errors: readonly FieldError[] };

/** Validates a value exactly as a route would; also for what does not come by HTTP (imports). `place` turns a path into a pointer. */
export function validate<S extends z.ZodType>(schema: S, candidate: unknown, place: (path: readonly PropertyKey[]) => string = pointerOf): Validated<z.output<S>> {
  const parsed = schema.safeParse(candidate);
  const shapeErrors = parsed.success ? [] : [...fieldErrorsOf(parsed.error.issues, candidate, place), ...faultsOfAnyForm(schema, candidate, place)];
  const seen = new Set(shapeErrors.map((error) => error.pointer));
  const checkErrors = (checks.get(schema)?.(candidate) ?? []).filter((error) => !seen.has(error.pointer));
  const errors = [...shapeErrors, ...checkErrors];
  return errors.length > 0 || !parsed.success ? { errors } : { value: parsed.data };
}

/** Where nothing says which of a union's forms is meant: what would be wrong in every one of them. */
function faultsOfAnyForm(schema: z.ZodType, candidate: unknown, place: (path: readonly PropertyKey[]) => string): FieldError[] {
  if (!(schema instanceof z.ZodDiscriminatedUnion) || typeof candidate !== 'object' || candidate === null) return [];
  const { discriminator } = schema.def;
  const options = schema.options as readonly z.ZodObject[];
  const names = options.map((option) => [...((option.shape[discriminator] as z.ZodType)._zod.values ?? [])]);
  const said = (candidate as Readonly<Record<string, unknown>>)[discriminator];
  if (names.some((values) => values.includes(said as string))) return [];
  const faults = options.map((option, index) => {
    const meant = { ...candidate, [discriminator]: names[index]![0] };
    return fieldErrorsOf(option.safeParse(meant).error?.issues ?? [], meant, place);
  });
  return faults[0]!.filter((fault) => faults.every((others) => others.some(({ pointer, code }) => pointer === fault.pointer && code === fault.code)));
}

/** RFC 6901. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const placeIn: Record<string, (path: readonly PropertyKey[]) => string> = {
  body: pointerOf,
  querystring: (path) => `?${path.map(String).join('.')}`,
  params: (path) => `path:${path.map(String).join('.')}`,
  headers: (path) => `header:${path.map(String).join('.')}`,
};

/** Fastify's validator: zod, nothing coerced, nothing removed. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  // No body comes as null.
  const isOptional = httpPart === 'body' && schema instanceof z.ZodOptional;
  return (candidate) => {
    const place = placeIn[httpPart ?? 'body']!;
    const result = validate(schema, isOptional && candidate === null ? undefined : candidate, place);
    const characters = httpPart === 'querystring' || httpPart === 'params' ? charactersIn(candidate, place) : [];
    const errors = [...('errors' in result ? result.errors.filter(({ pointer }) => !characters.some((fault) => fault.pointer === pointer)) : []), ...characters];
    return errors.length > 0 || !('value' in result) ? { error: new RequestInvalid(errors) } : { value: result.value };
  };
};

/** What strict-json.ts refuses in a body: Postgres stores no NUL. */
const charactersIn = (candidate: unknown, place: (path: readonly PropertyKey[]) => string): FieldError[] =>
  Object.entries(candidate ?? {}).flatMap(([key, value]) =>
    [value].flat().some((text) => typeof text === 'string' && /\0|\p{Surrogate}/u.test(text)) ? [{ pointer: place([key]), code: 'character_not_allowed', detail: 'holds NUL or half a surrogate pair' }] : []);
