import { z } from 'zod';
import { personalPaths, sealedForm, type Path } from './personal.js';

/** Brings the data of version n to version n + 1. Personal fields may be unreadable (erased). */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

export interface EventDefinition<Type extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  /** Past tense with the noun. A stored type never changes its meaning. */
  readonly type: Type;
  readonly module: string;
  /** Newest schema version, from 1. */
  readonly version: number;
  /** Open form: what deciders and projections see. */
  readonly schema: Schema;
  /** Sealed form: what stands in the log and on Kafka. */
  readonly sealedSchema: z.ZodType;
  readonly personalPaths: readonly Path[];
  /** upcasters[n] brings version n to n + 1; one for every version below the newest. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
}

export function defineEvent<Type extends string, Shape extends z.ZodRawShape>(definition: {
  type: Type;
  module: string;
  version?: number;
  shape: Shape;
  upcasters?: Record<number, Upcaster>;
}): EventDefinition<Type, z.ZodObject<Shape, z.core.$strict>> {
  const { type, module, version = 1, upcasters = {} } = definition;
  for (let from = 1; from < version; from++) if (!upcasters[from]) throw new Error(`${type}: no upcaster from version ${from}`);
  const schema = z.strictObject(definition.shape);
  return { type, module, version, schema, sealedSchema: sealedForm(schema), personalPaths: personalPaths(schema), upcasters };
}

/** What a decider emits and `evolve` takes: { type, data }. */
export type EventOf<Definition> = Definition extends EventDefinition<infer Type, infer Schema> ? { readonly type: Type; readonly data: z.output<Schema> } : never;

export const actorSchema = z.strictObject({
  id: z.string(),
  role: z.string(),
  branch: z.string().optional(),
  channel: z.string(),
});
export type Actor = z.output<typeof actorSchema>;

/** Metadata of every event. Times are ISO 8601 in UTC, dates ISO in the bank's time zone. */
export const metadataSchema = z.object({
  commandId: z.uuid(),
  /** HMAC-SHA-256 (hex) of the command as sent: the same id with another hash is a conflict. */
  commandHash: z.string().optional(),
  $correlationId: z.string(),
  $causationId: z.string(),
  actor: actorSchema,
  /** Who approved, where approval was asked for. */
  approver: actorSchema.optional(),
  schemaVersion: z.int(),
  /** The server's clock when it was decided. */
  recordedAt: z.iso.datetime(),
  /** The bank's dates; only where money moves. */
  bookingDate: z.iso.date().optional(),
  valueDate: z.iso.date().optional(),
  /** Revision of the last event of the same append; absent where that is the event itself. Its position is the one that was answered. */
  groupEnd: z.int().optional(),
  traceparent: z.string().optional(),
});
export type EventMetadata = z.output<typeof metadataSchema>;

/** An event as read from the log: newest version, opened as far as asked and possible. */
export interface Recorded<Event extends { type: string; data: unknown } = { type: string; data: unknown }> {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly event: Event;
  readonly metadata: EventMetadata;
}
