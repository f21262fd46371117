import type { z } from 'zod';
import type { EventMetadata } from './definition.js';
import type { Path } from './personal.js';
import { visitPersonal } from './personal-fields.js';
import { isKeepable } from './values.js';

/** As far as it is looked into here. */
interface Def {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
}

/** Where a schema has dates and times; '*' stands for every element of a list. What unions hold is left to their schemas. */
export function timePaths(schema: z.ZodType, path: Path = []): Path[] {
  const def = (schema as unknown as { def: Def }).def;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape!).flatMap(([key, child]) => timePaths(child, [...path, key]));
    case 'array':
      return timePaths(def.element!, [...path, '*']);
    case 'optional':
    case 'nullable':
      return timePaths(def.innerType!, path);
    case 'string':
      return def.format === 'date' || def.format === 'datetime' ? [path] : [];
    default:
      return [];
  }
}

/**
 * Throws where a date or time lies outside the years that can be kept: stored, it would stop every projector that meets it, for ever. On the ledger's
 * hot path, where validating the whole event would cost a tenth of a transfer.
 */
export function assertKeepable(type: string, data: unknown, { recordedAt, bookingDate, valueDate }: EventMetadata, paths: readonly Path[]): void {
  assertYear(type, recordedAt);
  assertYear(type, bookingDate);
  assertYear(type, valueDate);
  for (const path of paths) visitPersonal(data, path, (value) => assertYear(type, value));
}

function assertYear(type: string, value: unknown): void {
  if (typeof value === 'string' && !isKeepable(value)) throw new Error(`${type}: a date or time outside the years 1 to 9999`);
}
