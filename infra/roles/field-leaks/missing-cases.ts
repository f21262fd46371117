import type { RouteCase } from './route-case.js';
import type { World } from './world.js';

interface Operation {
  readonly 'x-permission'?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: { readonly properties?: object } }>> };
}

export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const PAGES_AND_MOMENTS = new Set(['limit', 'cursor', 'after']);

/** What the server's own description has and the cases do not, or otherwise; a line each, saying where to add it. */
export function missingRoutes({ paths }: Described, cases: readonly RouteCase[]): string[] {
  const byRoute = new Map(cases.map((one) => [one.route, one]));
  const faults: string[] = [];
  for (const { route, operation } of operationsOf(paths)) {
    const one = byRoute.get(route);
    byRoute.delete(route);
    if (!one) faults.push(`${route} is walked by nobody: add its case to infra/roles/field-leaks/cases/ (README.md there says how)`);
    else if (one.permission !== operation['x-permission']) faults.push(`${route} needs ${operation['x-permission'] ?? 'nothing'}, its case says ${one.permission ?? 'nothing'}`);
  }
  return [...faults, ...[...byRoute.keys()].map((route) => `there is no ${route}: its case is left over`)];
}

/** Parameters of queries, and members of bodies that ask for a page, that no case asks by. */
export function missingParameters({ paths }: Described, cases: readonly RouteCase[], world: World): string[] {
  return operationsOf(paths).flatMap(({ route, operation }) => {
    const one = cases.find((each) => each.route === route);
    const requests = one?.requests?.(world, '', world.readers[0]!) ?? [];
    const asked = new Set([...Object.keys(one?.asksBy ?? {}), ...requests.flatMap(({ query, body }) => [...new URLSearchParams(query).keys(), ...Object.keys(Object(body) as object)])]);
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => ({ name, as: `?${name}` }));
    return [...parameters, ...searchedBy(operation).map((name) => ({ name, as: `/${name} of its body` }))].filter(({ name }) => !asked.has(name) && !PAGES_AND_MOMENTS.has(name))
      .map(({ as }) => `${route} is never asked by ${as}: add it to asksBy of its case, or to its requests (infra/roles/field-leaks/cases/)`);
  });
}

/** A body with a cursor asks for a page: what else it has, it asks by. */
function searchedBy({ requestBody }: Operation): string[] {
  const members = Object.keys(requestBody?.content?.['application/json']?.schema?.properties ?? {});
  return members.includes('cursor') ? members : [];
}

const operationsOf = (paths: Described['paths']) =>
  Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })));
