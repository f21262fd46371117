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
  const shapeErrors = parsed.success ? [] : fieldErrorsOf(parsed.error.issues, candidate, place);
  const seen = new Set(shapeErrors.map((error) => error.pointer));
  const checkErrors = (checks.get(schema)?.(candidate) ?? []).filter((error) => !seen.has(error.pointer));
  const errors = [...shapeErrors, ...checkErrors];
  return errors.length > 0 || !parsed.success ? { errors } : { value: parsed.data };
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
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => (candidate) => {
  const result = validate(schema, candidate, placeIn[httpPart ?? 'body']);
  return 'errors' in result ? { error: new RequestInvalid(result.errors) } : { value: result.value };
};
