import { z } from 'zod';
import type { Envelope } from '../crypto/envelope.js';

/** What a personal field holds when it cannot be read: still sealed (the reader did not ask to open it) or erased for ever. */
export type Unreadable = Envelope | 'erased';
/** A field that the schema marks personal: clear inside the program, sealed in the log, on Kafka and in every copy. */
export type Personal<T> = T | Unreadable;

export const envelopeSchema = z.strictObject({ keyId: z.string(), iv: z.base64(), ct: z.base64() }).meta({ id: 'Envelope' });

const marks = z.registry<{ personal: true }>();

/** What names a personal field's subject, beside it in the same object; of two that are there, the first. */
export const SUBJECT_FIELDS = ['customerId', 'staffId'] as const;

/**
 * Marks a field personal. Its subject is the `customerId` or `staffId` that stands beside it in the same object; where the schema lets them be absent
 * and they are, the field concerns nobody and its subject is the house.
 */
export function personal<S extends z.ZodType>(schema: S): z.ZodType<Personal<z.output<S>>, Personal<z.input<S>>> {
  const marked = schema.clone();
  marks.add(marked, { personal: true });
  return marked as unknown as z.ZodType<Personal<z.output<S>>, Personal<z.input<S>>>;
}

export const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && 'ct' in value && 'keyId' in value && 'iv' in value;

export function readable<T>(value: Personal<T>): value is Exclude<Personal<T>, Unreadable> {
  return value !== 'erased' && !isEnvelope(value);
}

export type Path = readonly string[]; // '*' stands for every element of an array

/** Where the personal fields of a schema are, e.g. [['legs','*','memo']]. */
export function personalPaths(schema: z.ZodType, path: Path = []): Path[] {
  if (marks.has(schema)) return [path];
  const def = (schema as unknown as { def: ZodDef }).def;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape!).flatMap(([key, child]) => personalPaths(child, [...path, key]));
    case 'array':
      return personalPaths(def.element!, [...path, '*']);
    case 'optional':
    case 'nullable':
      return personalPaths(def.innerType!, path);
    default:
      // A mark that is not found would leave its field in clear, so the shapes that are not looked into must not hold one.
      if (childrenOf(def).some((child) => personalPaths(child).length > 0)) throw new Error(`a personal field inside a ${def.type}: mark the whole of it`);
      return [];
  }
}

const childrenOf = (def: ZodDef): readonly z.ZodType[] =>
  [...(def.options ?? []), ...(def.items ?? []), def.innerType, def.valueType, def.in, def.out, def.left, def.right].filter((child) => child !== undefined && child !== null);

/** Under whose key the field at this path is sealed, as the schema has it; nobody's where no subject can stand beside it. */
export function subjectsAt(schema: z.ZodType, path: Path): 'person' | 'person-or-house' | 'nobody' {
  let def = plainDef(schema);
  for (const step of path.slice(0, -1)) def = plainDef(step === '*' ? def.element! : def.shape![step]!);
  const subjects = def.type === 'object' ? SUBJECT_FIELDS.flatMap((field) => def.shape![field] ?? []) : [];
  if (subjects.length === 0) return 'nobody';
  return subjects.every((subject) => (subject as unknown as { def: ZodDef }).def.type === 'optional') ? 'person-or-house' : 'person';
}

function plainDef(schema: z.ZodType): ZodDef {
  const { def } = schema as unknown as { def: ZodDef };
  return def.type === 'optional' || def.type === 'nullable' ? plainDef(def.innerType!) : def;
}

/** The same schema with every personal field replaced by its envelope: the form in the log and on Kafka, the published one. */
export function sealedForm(schema: z.ZodType): z.ZodType {
  if (marks.has(schema)) return envelopeSchema;
  if (personalPaths(schema).length === 0) return schema;
  const def = (schema as unknown as { def: ZodDef }).def;
  switch (def.type) {
    case 'object':
      return z.strictObject(Object.fromEntries(Object.entries(def.shape!).map(([key, child]) => [key, sealedForm(child)])));
    case 'array':
      return schema.clone({ ...schema._zod.def, element: sealedForm(def.element!) } as typeof schema._zod.def);
    case 'optional':
      return sealedForm(def.innerType!).optional();
    case 'nullable':
      return sealedForm(def.innerType!).nullable();
    default:
      return schema;
  }
}

interface ZodDef {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly valueType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
}
