import type { Actor } from '../events/definition.js';

/** One version of what is written by one person and published by another; `Content` is what it says, under a name of its module's own. */
export type Version<Content> = Content & {
  readonly version: number;
  /** Of the content: what was reviewed and what is in force is told apart by this. */
  readonly hash: string;
  /** Everybody who wrote at it, or submitted it: none of them publishes it. */
  readonly authors: readonly Actor[];
  readonly draftedAt: string;
};

export type Draft<Content> = Version<Content> & { readonly status: 'draft' | 'submitted' };
export interface Parking { readonly code: string; readonly cause: string; readonly since: string }
/** `superseded`: by the next; `withdrawn`: by somebody. Only one at most is `published`. */
export type Released<Content> = Version<Content> & {
  readonly status: 'published' | 'superseded' | 'withdrawn'; readonly publishedBy: Actor; readonly publishedAt: string; readonly endedAt: string | null; readonly parked: Parking | null;
};

export interface Versions<Content> {
  readonly draft: Draft<Content> | null;
  readonly released: readonly Released<Content>[];
}

export const noVersions = { draft: null, released: [] } as const;

export const inForce = <Content>({ released }: Versions<Content>): Released<Content> | undefined => released.findLast(({ status }) => status === 'published');

/** What happened to the versions; `by` and `at` are the event's. */
export type VersionStep<Content> =
  | { readonly kind: 'drafted'; readonly version: number; readonly content: Content; readonly hash: string }
  | { readonly kind: 'revised'; readonly content: Content; readonly hash: string }
  | { readonly kind: 'submitted' | 'returned' | 'published' | 'withdrawn' | 'resumed' }
  | { readonly kind: 'parked'; readonly code: string; readonly cause: string };

/** The versions afterwards. A step for which there is no draft changes nothing. */
export function evolveVersions<Content>({ draft, released }: Versions<Content>, step: VersionStep<Content>, by: Actor, at: string): Versions<Content> {
  switch (step.kind) {
    case 'drafted':
      return { draft: { ...step.content, status: 'draft', version: step.version, hash: step.hash, authors: [by], draftedAt: at }, released };
    case 'revised':
      return { draft: draft && { ...draft, ...step.content, status: 'draft', hash: step.hash, authors: [...draft.authors, by] }, released };
    case 'submitted':
      return { draft: draft && { ...draft, status: 'submitted', authors: [...draft.authors, by] }, released };
    case 'returned':
      return { draft: draft && { ...draft, status: 'draft' }, released };
    case 'published':
      return draft ? { draft: null, released: [...ended(released, 'superseded', at), { ...draft, status: 'published', publishedBy: by, publishedAt: at, endedAt: null, parked: null }] } : { draft, released };
    case 'withdrawn':
      return { draft, released: ended(released, 'withdrawn', at) };
    case 'parked':
      return { draft, released: withParking(released, { code: step.code, cause: step.cause, since: at }) };
    case 'resumed':
      return { draft, released: withParking(released, null) };
  }
}

const ended = <Content>(released: readonly Released<Content>[], status: 'superseded' | 'withdrawn', endedAt: string): readonly Released<Content>[] =>
  released.map((one) => (one.status === 'published' ? { ...one, status, endedAt } : one));
const withParking = <Content>(released: readonly Released<Content>[], parked: Parking | null): readonly Released<Content>[] =>
  released.map((one) => (one.status === 'published' ? { ...one, parked } : one));
