import type { z } from 'zod';
import { changesRecordOf, classificationOf, subjectKindOf, type SubjectKind } from './classified.js';
import type { DataClass, Views } from './data-classes.js';
import { shapeOf, type SchemaShape } from './schema-shape.js';

/** What an answer told, and about whom. */
export interface Told {
  readonly customers: Set<string>;
  readonly accounts: Set<string>;
  /** Accounts of which no more was told than that they are the other side. */
  readonly counterparties: Set<string>;
  readonly clear: Set<DataClass>;
  readonly masked: Set<DataClass>;
}

export const nothingTold = (): Told => ({ customers: new Set(), accounts: new Set(), counterparties: new Set(), clear: new Set(), masked: new Set() });

/** Adds what a value tells to `told`. The value is what a field view left, `views` those that it was left by. */
export type Tell = (shown: unknown, views: Views, told: Told) => void;

const SETS = { customer: 'customers', account: 'accounts', counterparty: 'counterparties' } as const satisfies Record<SubjectKind, keyof Told>;

/** Made once from an answer's schema. Undefined where an answer of this schema tells nothing of anybody. */
export function tellOf(schema: z.ZodType): Tell | undefined {
  const subject = subjectKindOf(schema);
  if (subject !== undefined) return (value, _, told) => void (typeof value === 'string' && told[SETS[subject]].add(value));
  const own = classificationOf(schema)?.dataClass;
  const inner = within(schema);
  if (own === undefined) return inner;
  return (value, views, told) => {
    told[views[own] === 'clear' ? 'clear' : 'masked'].add(own);
    inner?.(value, views, told);
  };
}

function within(schema: z.ZodType): Tell | undefined {
  const def = shapeOf(schema);
  const record = changesRecordOf(schema);
  if (record !== undefined) return tellChanges(record);
  switch (def.type) {
    case 'object':
      return tellMembers(Object.entries(def.shape!));
    case 'array':
      return tellElements(tellOf(def.element!));
    case 'record':
      return tellValues(tellOf(def.valueType!));
    case 'optional':
    case 'nullable':
    case 'readonly':
    case 'default':
      return tellOf(def.innerType!);
    case 'union':
      return tellUnion(def);
    default:
      return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function tellMembers(shape: readonly (readonly [string, z.ZodType])[]): Tell | undefined {
  const members = shape.flatMap(([key, child]) => {
    const tell = tellOf(child);
    return tell ? [[key, tell] as const] : [];
  });
  if (members.length === 0) return undefined;
  return (value, views, told) => {
    if (!isObject(value)) return;
    for (const [key, tell] of members) {
      const member = value[key];
      if (member !== undefined && member !== null) tell(member, views, told);
    }
  };
}

const tellElements = (tell: Tell | undefined): Tell | undefined =>
  tell && ((value, views, told) => {
    if (Array.isArray(value)) for (const element of value) tell(element, views, told);
  });

const tellValues = (tell: Tell | undefined): Tell | undefined =>
  tell && ((value, views, told) => {
    if (isObject(value)) for (const member of Object.values(value)) tell(member, views, told);
  });

function tellUnion({ discriminator, options = [] }: SchemaShape): Tell | undefined {
  const tells = options.map(tellOf);
  if (tells.every((tell) => tell === undefined)) return undefined;
  // A field view has refused classified unions without a discriminator; of ids it does not matter.
  if (discriminator === undefined) return (value, views, told) => tells.forEach((tell) => tell?.(value, views, told));
  const byName = new Map(options.flatMap((option, index) => namesOf(shapeOf(option).shape![discriminator]!).map((name) => [name, tells[index]] as const)));
  return (value, views, told) => void (isObject(value) && byName.get(value[discriminator])?.(value, views, told));
}

const namesOf = (schema: z.ZodType): readonly unknown[] => {
  const { values, entries = {} } = shapeOf(schema);
  return values ?? Object.values(entries);
};

/** A change tells what the field of the record that it names would. */
function tellChanges(record: z.ZodType): Tell {
  const fields = new Map(objectsOf(record).flatMap((shape) => Object.entries(shape).map(([key, child]) => [key, tellOf(child)] as const)));
  return (value, views, told) => {
    if (!Array.isArray(value)) return;
    for (const { field, before, after } of value as { field: string; before: unknown; after: unknown }[])
      for (const side of [before, after]) if (side !== undefined && side !== null) fields.get(field)?.(side, views, told);
  };
}

function objectsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>>[] {
  const { shape, options = [] } = shapeOf(schema);
  return shape ? [shape] : options.flatMap(objectsOf);
}

/** What an answer of this schema can tell at most, for checks at the start. */
export function tellable(schema: z.ZodType): { readonly classes: readonly DataClass[]; readonly names: readonly SubjectKind[] } {
  const subject = subjectKindOf(schema);
  if (subject !== undefined) return { classes: [], names: [subject] };
  const own = classificationOf(schema)?.dataClass;
  const { shape = {}, options = [], innerType, element, valueType } = shapeOf(schema);
  const record = changesRecordOf(schema);
  const children = record !== undefined ? [record] : [...Object.values(shape), ...options, ...[innerType, element, valueType].filter((child) => child !== undefined)];
  const below = children.map(tellable);
  return { classes: [...(own === undefined ? [] : [own]), ...below.flatMap(({ classes }) => classes)], names: below.flatMap(({ names }) => names) };
}
