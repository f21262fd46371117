import { z } from 'zod';
import { personalPaths, sealedForm, SUBJECT_FIELDS, subjectsAt, type Path } from './personal.js';
import { timePaths } from './time-fields.js';
import { dateSchema, timeSchema } from './values.js';

/** Brings the data of version n to version n + 1. Personal fields may be unreadable (sealed or erased). */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** One version of an event's shape, in its two forms. */
export interface EventVersion<Schema extends z.ZodObject = z.ZodObject> {
  /** Open form: what deciders and projections see. */
  readonly schema: Schema;
  /** Sealed form: what stands in the log and on Kafka, the published one. */
  readonly sealedSchema: z.ZodType;
  readonly personalPaths: readonly Path[];
  /** Those of them whose subject is the house where nobody's id stands beside them. */
  readonly housePaths: ReadonlySet<Path>;
  readonly timePaths: readonly Path[];
  /** To the next version; absent on the newest. */
  readonly upcast?: Upcaster;
}

/** The newest version's forms stand in it directly. */
export interface EventDefinition<Type extends string = string, Schema extends z.ZodObject = z.ZodObject> extends EventVersion<Schema> {
  /** Past tense with the noun. A stored type never changes its meaning. */
  readonly type: Type;
  readonly module: string;
  /** Newest schema version, from 1. */
  readonly version: number;
  /** Every version: `versions[n - 1]` is version n. */
  readonly versions: readonly EventVersion[];
}

/** `before`: the shapes this event had, oldest first, never edited, each with the way to the next. */
export function defineEvent<Type extends string, Shape extends z.ZodRawShape>(definition: {
  type: Type;
  module: string;
  shape: Shape;
  before?: readonly { readonly shape: z.ZodRawShape; readonly upcast: Upcaster }[];
}): EventDefinition<Type, z.ZodObject<Shape, z.core.$strict>> {
  const { type, module, before = [] } = definition;
  const earlier = before.map(({ shape, upcast }) => ({ ...formsOf(type, z.strictObject(shape)), upcast }));
  const newest = formsOf(type, z.strictObject(definition.shape));
  return { type, module, version: earlier.length + 1, ...newest, versions: [...earlier, newest] };
}

function formsOf<Schema extends z.ZodObject>(type: string, schema: Schema): EventVersion<Schema> {
  const paths = personalPaths(schema);
  for (const path of paths)
    if (subjectsAt(schema, path) === 'nobody') throw new Error(`${type}: ${path.join('.')} is personal, but no ${SUBJECT_FIELDS.join(' or ')} can stand beside it: mark the array, or the fields of its objects`);
  const housePaths = new Set(paths.filter((path) => subjectsAt(schema, path) === 'person-or-house'));
  return { schema, sealedSchema: sealedForm(schema), personalPaths: paths, housePaths, timePaths: timePaths(schema) };
}

/** What a decider emits and `evolve` takes: { type, data }. */
export type EventOf<Definition> = Definition extends EventDefinition<infer Type, infer Schema> ? { readonly type: Type; readonly data: z.output<Schema> } : never;

export const actorSchema = z.strictObject({
  id: z.string(),
  role: z.string(),
  branch: z.string().optional(),
  channel: z.string(),
  /** Whose rights were used, where these were not one's own. */
  actingAs: z.string().optional(),
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
  recordedAt: timeSchema,
  /** The bank's dates; only where money moves. */
  bookingDate: dateSchema.optional(),
  valueDate: dateSchema.optional(),
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
