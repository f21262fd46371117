import type { z } from 'zod';
import { classificationOf } from './classified.js';
import type { DataClass, Views } from './data-classes.js';
import { shapeOf } from './schema-shape.js';

/** A class that stands somewhere within a member, and whether a masked view shows anything of what has it. */
export interface MemberClass {
  readonly dataClass: DataClass;
  readonly shownMasked: boolean;
}

type MemberClasses = ReadonlyMap<string, readonly MemberClass[]>;

const known = new WeakMap<z.ZodType, MemberClasses>();

/** The classes that stand anywhere within each member of an object, or of all objects of a union. */
export function classesByMember(schema: z.ZodType): MemberClasses {
  const before = known.get(schema);
  if (before) return before;
  const members = new Map<string, MemberClass[]>();
  for (const object of objectsOf(schema))
    for (const [key, child] of Object.entries(object)) members.set(key, [...(members.get(key) ?? []), ...classesWithin(child)]);
  known.set(schema, members);
  return members;
}

/** Whether somebody with these views sees nothing of it, so that they may not ask by it either: the answer would tell. */
export const isHidden = ({ dataClass, shownMasked }: MemberClass, views: Views): boolean => views[dataClass] === 'hidden' || (views[dataClass] === 'masked' && !shownMasked);

function objectsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>>[] {
  const { shape, options = [], innerType } = shapeOf(schema);
  return shape ? [shape] : [...options, ...(innerType ? [innerType] : [])].flatMap(objectsOf);
}

function classesWithin(schema: z.ZodType): MemberClass[] {
  const { shape = {}, options = [], innerType, element, valueType } = shapeOf(schema);
  const children = [...Object.values(shape), ...options, ...[innerType, element, valueType].filter((child) => child !== undefined)].flatMap(classesWithin);
  const own = classificationOf(schema);
  return own === undefined ? children : [{ dataClass: own.dataClass, shownMasked: own.mask !== undefined || (!own.whole && children.length > 0) }, ...children];
}
