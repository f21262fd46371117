import { z } from 'zod';
import type { DataClass } from './data-classes.js';
import type { Mask } from './masks.js';

/** How a field of an answer, or a parameter that asks for one, is treated. */
export interface Classification {
  readonly dataClass: DataClass;
  /** Turns the text into what a masked view shows; without one, a masked field is left out like a hidden one. */
  readonly mask?: Mask;
  /** A masked view leaves it out with all its members, whatever their own classes; else those are shown by them. */
  readonly whole?: true;
}

const classes = z.registry<Classification>();
/** Whose data stands beside an id: a customer's, an account's, or (counterparty) no more of an account than that it is the other side. */
export type SubjectKind = 'customer' | 'account' | 'counterparty';

const subjects = z.registry<{ readonly kind: SubjectKind }>();
const internals = z.registry<{ readonly internal: true }>();
const changes = z.registry<{ readonly of: unknown }>();

/** Says what a field tells about a person. In an answer it is shown, masked or left out by the reader's view; in a search it is refused to whom it is hidden. */
export function classified<S extends z.ZodType>(schema: S, dataClass: DataClass, mask?: Mask): S {
  const marked = schema.clone();
  classes.add(marked, { dataClass, ...(mask && { mask }) });
  return marked;
}

/** As `classified`, for sums and lists whose members would tell of this class, though they have others. */
export function classifiedWhole<S extends z.ZodType>(schema: S, dataClass: DataClass): S {
  const marked = schema.clone();
  classes.add(marked, { dataClass, whole: true });
  return marked;
}

/** A list of changes {field, before, after}: each is treated as the field of `record` that it names. */
export function changesOf<S extends z.ZodType>(list: S, record: z.ZodType): S {
  const marked = list.clone();
  changes.add(marked, { of: record });
  return marked;
}

/** A text that says nothing about a person although its schema does not show it: a code, a position, a title that the bank chose. */
export function internal<S extends z.ZodType>(schema: S): S {
  const marked = schema.clone();
  internals.add(marked, { internal: true });
  return marked;
}

/** An id that says whose data an answer shows: the access log names it. Says itself nothing about a person. */
export function subjectId<S extends z.ZodType>(schema: S, kind: SubjectKind): S {
  const marked = schema.clone();
  subjects.add(marked, { kind });
  return marked;
}

export const isInternal = (schema: z.ZodType): boolean => internals.get(schema) !== undefined || subjects.get(schema) !== undefined;
export const subjectKindOf = (schema: z.ZodType): SubjectKind | undefined => subjects.get(schema)?.kind;
export const classificationOf = (schema: z.ZodType): Classification | undefined => classes.get(schema);
export const changesRecordOf = (schema: z.ZodType): z.ZodType | undefined => changes.get(schema)?.of as z.ZodType | undefined;
