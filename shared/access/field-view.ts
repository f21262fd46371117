import { z } from 'zod';
import { changesRecordOf, classificationOf, isInternal, type Classification } from './classified.js';
import type { Views } from './data-classes.js';
import { shapeOf, type SchemaShape } from './schema-shape.js';

/** Shows a value as somebody may see it. `undefined` stands for "left out". Never changes what it is given. */
export type FieldView = (value: unknown, views: Views) => unknown;

/**
 * The projection of fields for one schema: the only way from a record to an answer, be it an answer's body, a list's item, a history's change or
 * an export's line. Undefined where nothing in the schema is classified. Members that the schema does not know are left out: what nobody
 * classified is not shown.
 */
export function fieldViewOf(schema: z.ZodType): FieldView | undefined {
  const own = classificationOf(schema);
  const inner = within(schema);
  if (own === undefined) return inner;
  return (value, views) => {
    switch (views[own.dataClass]) {
      case 'hidden':
        return undefined;
      case 'clear':
        return inner ? inner(value, views) : value;
      case 'masked':
        return masked(own, inner, value, views);
    }
  };
}

function masked({ mask, whole }: Classification, inner: FieldView | undefined, value: unknown, views: Views): unknown {
  if (whole) return undefined;
  if (mask && typeof value === 'string') return mask(value);
  return inner?.(value, views);
}

function within(schema: z.ZodType): FieldView | undefined {
  const def = shapeOf(schema);
  const record = changesRecordOf(schema);
  if (record !== undefined) return changesView(record);
  switch (def.type) {
    case 'object':
      return objectView(def.shape!);
    case 'array':
      return arrayView(fieldViewOf(def.element!));
    case 'optional':
    case 'nullable':
    case 'readonly':
    case 'default':
      return nullSafe(fieldViewOf(def.innerType!));
    case 'union':
      return unionView(def);
    case 'record': {
      const view = fieldViewOf(def.valueType!);
      return view && ((value, views) => keepMembers(Object.entries(value as object).map(([key, member]) => [key, view(member, views)])));
    }
    default:
      return undefined;
  }
}

const nullSafe = (view: FieldView | undefined): FieldView | undefined => view && ((value, views) => (value === null || value === undefined ? value : view(value, views)));

/** An object that loses all its members is left out itself: that it was there tells something too. */
function objectView(shape: Readonly<Record<string, z.ZodType>>): FieldView | undefined {
  const members = Object.entries(shape).map(([key, child]) => [key, nullSafe(fieldViewOf(child))] as const);
  if (members.every(([, view]) => view === undefined)) return undefined;
  return (value, views) => {
    const record = value as Record<string, unknown>;
    return keepMembers(members.flatMap(([key, view]) => (Object.hasOwn(record, key) ? [[key, view ? view(record[key], views) : record[key]]] : [])));
  };
}

function keepMembers(entries: readonly (readonly unknown[])[]): unknown {
  const kept = entries.filter(([, member]) => member !== undefined);
  return kept.length === 0 && entries.length > 0 ? undefined : Object.fromEntries(kept as [string, unknown][]);
}

function arrayView(view: FieldView | undefined): FieldView | undefined {
  return view && ((value, views) => {
    const elements = value as readonly unknown[];
    const kept = elements.map((element) => view(element, views)).filter((element) => element !== undefined);
    return kept.length === 0 && elements.length > 0 ? undefined : kept;
  });
}

function unionView({ discriminator, options = [] }: SchemaShape): FieldView | undefined {
  const views = options.map(fieldViewOf);
  if (views.every((view) => view === undefined)) return undefined;
  if (discriminator === undefined) throw new Error('a classified field inside a union without a discriminator: which of them a value is cannot be told');
  const byName = new Map(options.flatMap((option, index) => literalsOf(shapeOf(option).shape![discriminator]!).map((name) => [name, views[index]] as const)));
  return (value, shown) => {
    const name = (value as Record<string, unknown>)[discriminator];
    if (!byName.has(name)) return undefined;
    const view = byName.get(name);
    return view ? view(value, shown) : value;
  };
}

const literalsOf = (schema: z.ZodType): readonly unknown[] => {
  const def = shapeOf(schema);
  return def.values ?? Object.values(def.entries ?? {});
};

/** A change whose field is hidden is left out whole, its field's name too. A field that the record does not know is shown only with its class, so never. */
function changesView(record: z.ZodType): FieldView {
  const fields = fieldsOf(record);
  return arrayView((value, views) => {
    const { field, before, after } = value as { field: string; before: unknown; after: unknown };
    if (!fields.has(field)) return undefined;
    const view = fields.get(field);
    if (!view) return value;
    const seen = (side: unknown): unknown => (side === null || side === 'erased' ? side : view(side, views));
    const [was, is] = [seen(before), seen(after)];
    return was === undefined || is === undefined ? undefined : { ...(value as object), before: was, after: is };
  })!;
}

/** The views of an object's fields, or of all fields of a union's objects. */
function fieldsOf(record: z.ZodType): Map<string, FieldView | undefined> {
  const def = shapeOf(record);
  if (def.type === 'union') return new Map(def.options!.flatMap((option) => [...fieldsOf(option)]));
  return new Map(Object.entries(def.shape!).map(([key, child]) => [key, nullSafe(fieldViewOf(child))]));
}

const shownForms = new WeakMap<z.ZodType, z.ZodType>();

/** The schema of what a field view leaves: whatever is classified may be absent or masked. What has an id keeps its name, after "Shown". */
export function shownForm(schema: z.ZodType): z.ZodType {
  const made = shownForms.get(schema);
  if (made) return made;
  const shown = fieldViewOf(schema) === undefined ? schema : formOf(schema);
  const known = z.globalRegistry.get(schema);
  const named = shown === schema || known === undefined || z.globalRegistry.has(shown) ? shown : shown.meta({ ...known, ...(known.id !== undefined && { id: `Shown${known.id}` }) });
  shownForms.set(schema, named);
  return named;
}

function formOf(schema: z.ZodType): z.ZodType {
  const own = classificationOf(schema);
  const def = shapeOf(schema);
  switch (def.type) {
    case 'string':
      return own?.mask ? z.string().meta({ ...z.globalRegistry.get(schema), description: describedAs(schema) }) : schema;
    case 'object':
      if (Object.values(def.shape!).every((child) => fieldViewOf(child) === undefined)) return schema;
      return schema.clone({ ...schema._zod.def, shape: Object.fromEntries(Object.entries(def.shape!).map(([key, child]) => [key, maybeAbsent(child)])) } as never);
    case 'array':
      return schema.clone({ ...schema._zod.def, element: shownForm(def.element!) } as never);
    case 'optional':
    case 'nullable':
    case 'readonly':
    case 'default':
      return schema.clone({ ...schema._zod.def, innerType: shownForm(def.innerType!) } as never);
    case 'union':
      return schema.clone({ ...schema._zod.def, options: def.options!.map(shownForm) } as never);
    case 'record':
      return schema.clone({ ...schema._zod.def, valueType: shownForm(def.valueType!) } as never);
    default:
      return schema;
  }
}

const maybeAbsent = (schema: z.ZodType): z.ZodType => (fieldViewOf(schema) === undefined || shapeOf(schema).type === 'optional' ? shownForm(schema) : shownForm(schema).optional());
const describedAs = (schema: z.ZodType): string => [z.globalRegistry.get(schema)?.description, 'masked where the reader may not see it whole'].filter(Boolean).join('; ');

/** Texts that could hold anything and say nothing of their class. A route whose answer has one does not start. */
export function unclassified(schema: z.ZodType, path = ''): string[] {
  if (classificationOf(schema) !== undefined || changesRecordOf(schema) !== undefined || isInternal(schema)) return [];
  const def = shapeOf(schema);
  switch (def.type) {
    case 'string':
      return def.format === undefined ? [path] : [];
    case 'any':
    case 'unknown':
    case 'lazy':
    case 'custom':
      return [path];
    case 'object':
      return [...Object.entries(def.shape!).flatMap(([key, child]) => unclassified(child, `${path}/${key}`)), ...(isLoose(def) ? [`${path}/*`] : [])];
    case 'array':
      return unclassified(def.element!, `${path}/-`);
    case 'record':
      return unclassified(def.valueType!, `${path}/*`);
    case 'union':
      return def.options!.flatMap((option) => unclassified(option, path));
    default:
      return def.innerType ? unclassified(def.innerType, path) : [];
  }
}

const isLoose = (def: SchemaShape): boolean => def.catchall !== undefined && ['unknown', 'any'].includes(shapeOf(def.catchall).type);
