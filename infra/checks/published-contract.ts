import { createHash } from 'node:crypto';
import { PUBLISHED_MODULES } from '../../shared/events/published-modules.js';
import { canonicalJson } from '../../shared/kernel/canonical-json.js';

/**
 * What other programs were told they can rely on never changes: each published thing stands with its meaning's hash in shared/events/published.txt,
 * and lines are only ever added to it. Modules whose events are not promised yet are not in the list of published ones.
 */
export const PUBLISHED = 'shared/events/published.txt';

/** Name and meaning: `schema ledger/AccountOpened.v1`, `metadata actor`, `topic passbook.ledger.events`, … */
export type Things = ReadonlyMap<string, unknown>;

interface Contract {
  /** By their file's path under `schemas/`: `ledger/AccountOpened.v1.json`, `metadata.json`. */
  readonly schemas: ReadonlyMap<string, object>;
  /** The AsyncAPI document. */
  readonly document: object;
}

export function publishedThings({ schemas, document }: Contract, modules: readonly string[] = PUBLISHED_MODULES): Things {
  const things = new Map<string, unknown>();
  for (const [path, schema] of schemas)
    if (path === 'metadata.json') addMembers(things, 'metadata', schema as Members);
    else if (modules.includes(path.split('/')[0]!)) things.set(`schema ${path.replace(/\.json$/, '')}`, schema);
  const { channels, components } = document as Document;
  for (const module of modules) if (channels[module]) things.set(`topic ${channels[module].address}`, channels[module].bindings);
  for (const [name, schema] of Object.entries(components.schemas)) addMembers(things, name, schema);
  return things;
}

/** An object that is open: a member may come, none may go or change, and which of them are always there stays. */
function addMembers(things: Map<string, unknown>, name: string, { properties, ...rest }: Members): void {
  things.set(name, rest);
  for (const [member, schema] of Object.entries(properties)) things.set(`${name} ${member}`, schema);
}

/** What breaks the promise, one line each; empty when nothing does. */
export function breaches(published: string, things: Things): string[] {
  const lines = new Map(parsed(published));
  const broken = [...lines].flatMap(([name, hash]) => {
    if (!things.has(name)) return [`${name} is published and gone: it stays, and stays readable`];
    return hashOf(things.get(name)) === hash ? [] : [`${name} is published and would change: leave it as it is and add a version (or a type, a member that may be absent)`];
  });
  const missing = [...things.keys()].filter((name) => !lines.has(name)).map((name) => `${name} is not in ${PUBLISHED} yet: npm run schemas`);
  return [...broken, ...missing];
}

/** The list with what is new; what stands in it is left as it is. */
export function extended(published: string, things: Things): string {
  const lines = new Map(parsed(published));
  for (const [name, meaning] of things) if (!lines.has(name)) lines.set(name, hashOf(meaning));
  return [...lines].map(([name, hash]) => `${hash}  ${name}\n`).sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('');
}

/** Lines that some commit took out of the list or altered, from `git log --patch` of it. */
export const takenBack = (log: string): string[] => log.split('\n').filter((line) => /^-[0-9a-f]{64} {2}/.test(line)).map((line) => line.slice(67));

const parsed = (text: string): [string, string][] => text.split('\n').filter(Boolean).map((line) => [line.slice(66), line.slice(0, 64)]);

const hashOf = (meaning: unknown): string => createHash('sha256').update(canonicalJson(meaningOf(meaning))).digest('hex');

const WORDS = new Set(['title', 'description', 'examples']);
const OF_NAMES = new Set(['properties', '$defs']);

/** A schema without what is only said about it, its sets in one order. */
function meaningOf(node: unknown, names = false): unknown {
  if (Array.isArray(node)) return node.map((one) => meaningOf(one));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).filter(([key]) => names || !WORDS.has(key)).map(([key, value]) => [
    key,
    (key === 'required' || key === 'enum') && !names && Array.isArray(value) ? [...(value as unknown[])].sort() : meaningOf(value, OF_NAMES.has(key) && !names),
  ]));
}

interface Members {
  readonly properties: Readonly<Record<string, object>>;
}
interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string; readonly bindings: object }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Members>> };
}
