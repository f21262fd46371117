import { isDeepStrictEqual } from 'node:util';

type Schemas = Record<string, unknown>;
interface Document {
  readonly paths?: object;
  readonly components?: { readonly schemas?: Schemas; readonly responses?: Schemas };
}

const PLACE = '#/components/schemas/';

/** Only the schemas that are used, each under its plain name: neither "Input" nor "Shown" where there is nothing else of that name. */
export function tidied<D extends Document>(document: D): D {
  const used = usedOf(document);
  const schemas = Object.fromEntries(Object.entries(document.components?.schemas ?? {}).filter(([name]) => used.has(name)));
  const names = new Map<string, string>();
  for (const name of Object.keys(schemas)) {
    const plain = name.replace(/^Shown/, '').replace(/Input$/, '');
    const taken = plain !== name && plain in schemas && !isDeepStrictEqual(renamed(schemas[plain], asPlain), renamed(schemas[name], asPlain));
    names.set(name, taken ? name : plain);
  }
  const tidy = { ...document, components: { ...document.components, schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [names.get(name)!, schema])) } };
  return renamed(tidy, (name) => names.get(name) ?? name) as D;
}

const asPlain = (name: string): string => name.replace(/Input$/, '');

/** Everything reached from the paths, also through other schemas. */
function usedOf({ paths, components }: Document): Set<string> {
  const used = new Set<string>();
  const visit = (node: unknown): void => renamed(node, (name) => {
    if (!used.has(name)) {
      used.add(name);
      visit(components?.schemas?.[name]);
    }
    return name;
  }) as void;
  visit([paths, components?.responses]);
  return used;
}

function renamed(node: unknown, name: (old: string) => string): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => renamed(item, name));
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [
    key,
    key === '$ref' && typeof value === 'string' && value.startsWith(PLACE) ? `${PLACE}${name(value.slice(PLACE.length))}` : renamed(value, name),
  ]));
}
