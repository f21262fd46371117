import type { DataClass } from '../../../shared/access/data-classes.js';
import type { Permission } from '../../../shared/access/permissions.js';
import type { Sent } from './exchange.js';
import type { Reader } from './facts.js';
import type { Target, World } from './world.js';

/** One parameter by which a route can be asked. */
export interface AskedBy {
  /** Undefined: it tells nothing about a person. */
  readonly dataClass?: DataClass;
  /** Whether it is enough to see the class masked, because it asks for no more than a masked view shows, or for the whole exact value. */
  readonly maskedWillDo?: boolean;
  /** A value that fits something, and one that fits nothing. */
  readonly hit: (world: World) => unknown;
  readonly miss?: unknown;
  /** What must be asked along. */
  readonly along?: Readonly<Record<string, unknown>>;
}

/** How one route of the API is walked. One for each: a route without one fails the test. */
export interface RouteCase {
  /** As it stands in /openapi.json: `GET /v1/customers/{id}`. */
  readonly route: string;
  /** What the route needs; absent: nothing, it is public. */
  readonly permission?: Permission;
  /** By which permission it is reached, where that is another. */
  readonly reachedBy?: Permission;
  /** What the first parameter of the path, or `id` of the requests, names: records within and beyond reach. */
  readonly targets?: (world: World) => readonly Target[];
  /** What the path's second parameter names. */
  readonly item?: (world: World, id: string) => string;
  /** An id that nothing has. What is beyond a reader's reach must be answered exactly like it. */
  readonly unknown?: string;
  /** What is sent, for each target; beside the path itself: query, headers, body. Absent: once, with nothing. */
  readonly requests?: (world: World, id: string, reader: Reader) => readonly Omit<Partial<Sent> & { readonly query?: string }, 'path' | 'method'>[];
  /** Every parameter of the query, or of a search's body; those that no page and no moment is asked by. */
  readonly asksBy?: Readonly<Record<string, AskedBy>>;
  /** These ids may be told here to whom their records are beyond reach, and nothing else of them. */
  readonly tellsIds?: { readonly why: string; readonly of: (world: World) => readonly string[] };
  /** Shows clear what its reader sees masked elsewhere. */
  readonly unmasks?: true;
  /** Why nobody here is ever answered well; otherwise somebody must be, or its good answers were not looked at. */
  readonly neverGood?: string;
  /** Only for who is not signed in: it counts attempts, or ends what others need. */
  readonly onlyStrangers?: true;
}

export const fact = (what: string) => (world: World): string => {
  const found = world.facts.all.find((one) => one.what.includes(what));
  if (!found) throw new Error(`no fact ${what}`);
  return found.clear;
};
