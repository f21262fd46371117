import type { z } from 'zod';
import { classificationOf } from './classified.js';
import type { DataClass } from './data-classes.js';
import { shapeOf } from './schema-shape.js';

type MemberClasses = ReadonlyMap<string, readonly DataClass[]>;

const known = new WeakMap<z.ZodType, MemberClasses>();

/** The classes that stand anywhere within each member of an object, or of all objects of a union. */
export function classesByMember(schema: z.ZodType): MemberClasses {
  const before = known.get(schema);
  if (before) return before;
  const members = new Map<string, DataClass[]>();
  for (const object of objectsOf(schema))
    for (const [key, child] of Object.entries(object)) members.set(key, [...(members.get(key) ?? []), ...classesWithin(child)]);
  known.set(schema, members);
  return members;
}

function objectsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>>[] {
  const { shape, options = [], innerType } = shapeOf(schema);
  return shape ? [shape] : [...options, ...(innerType ? [innerType] : [])].flatMap(objectsOf);
}

function classesWithin(schema: z.ZodType): DataClass[] {
  const { shape = {}, options = [], innerType, element, valueType } = shapeOf(schema);
  const children = [...Object.values(shape), ...options, ...[innerType, element, valueType].filter((child) => child !== undefined)];
  const own = classificationOf(schema)?.dataClass;
  return [...(own === undefined ? [] : [own]), ...children.flatMap(classesWithin)];
}
