import type { DataClass } from '../../../shared/access/data-classes.js';
import { decoded } from './decoded.js';
import type { Answer } from './exchange.js';
import { sightOf, type Fact, type Reader } from './facts.js';

/** Members that hold few different values or numbers: that they are there at all tells. With what a masked view shows of them: something, or nothing. */
const MEMBERS: Readonly<Record<string, readonly [DataClass, 'something' | 'nothing']>> = {
  sex: ['identity', 'nothing'], maritalStatus: ['identity', 'nothing'], birthDate: ['identity', 'something'], income: ['income', 'nothing'], registeredCapital: ['income', 'nothing'],
  assets: ['assets', 'nothing'], liabilities: ['liabilities', 'nothing'], riskPreference: ['preferences', 'nothing'], interests: ['preferences', 'nothing'], tags: ['marketing', 'nothing'], consents: ['marketing', 'nothing'], tier: ['marketing', 'nothing'], cell: ['marketing', 'nothing'], days: ['movements', 'nothing'],
  shareholders: ['ownership', 'something'], beneficialOwners: ['ownership', 'something'], legalRepresentative: ['ownership', 'something'], phones: ['contact', 'something'],
  addresses: ['contact', 'something'], contactPersons: ['contact', 'something'], idDocument: ['identity-number', 'something'], creditCode: ['identity-number', 'something'],
  licenceNumber: ['identity-number', 'something'], occupation: ['employment', 'nothing'], employer: ['employment', 'nothing'], businessScope: ['employment', 'nothing'],
  balance: ['balances', 'nothing'], available: ['balances', 'nothing'], held: ['balances', 'nothing'], overdraftLimit: ['balances', 'nothing'], balanceAfter: ['balances', 'nothing'],
  accountNumber: ['account-number', 'something'], memo: ['free-text', 'nothing'], evidence: ['free-text', 'nothing'], username: ['staff', 'nothing'], personName: ['staff', 'nothing'],
};

/** What one reader must not find, and what they found. */
export interface Watch {
  /** Whatever stands in the answer that must not, each once; `mayBeTold`: ids that may, although their record is beyond reach. */
  leaksIn(answer: Answer, mayBeTold: ReadonlySet<string>): string[];
  /** Facts that were seen in clear. */
  readonly seen: ReadonlySet<Fact>;
}

export function watchFor(reader: Reader, facts: readonly Fact[]): Watch {
  const sights = facts.map((fact) => ({ fact, sight: sightOf(reader, fact) }));
  const clear = sights.filter(({ sight }) => sight === 'clear').map(({ fact }) => ({ fact, find: finder(fact.clear) }));
  const known = clear.map(({ fact }) => fact.clear.toLowerCase());
  const forbidden = sights.filter(({ sight }) => sight !== 'clear').flatMap(({ fact, sight }) =>
    formsOf(fact, sight === 'masked').filter((form) => !known.some((text) => text.includes(form.toLowerCase()))).map((form) => ({ fact, sight, form, find: finder(form) })));
  const recordIds = forbidden.flatMap(({ form }) => (isUuid(form) ? [form] : []));
  const seen = new Set<Fact>();
  /** The same refusal comes a thousand times. */
  const looked = new Set<string>();

  return {
    seen,
    leaksIn({ status, headers, text, body }, mayBeTold) {
      const everything = decoded(headers.get('content-type')?.startsWith(MEASUREMENTS) ? text.replaceAll(MEASURED, '') : text, ...[...headers].flatMap(([name, value]) => (name === 'date' ? [] : [`${name}: ${value}`])));
      const ids = new Set(everything.match(UUIDS));
      const all: Haystack = { ids, withoutIds: everything.replaceAll(UUIDS, '') };
      if (looked.has(all.withoutIds) && (text === '' || status >= 400) && !recordIds.some((id) => ids.has(id))) return [];
      looked.add(all.withoutIds);
      for (const { fact, find } of clear) if (!seen.has(fact) && find(all)) seen.add(fact);
      const told = new Set<Fact>();
      const found = forbidden.flatMap(({ fact, sight, form, find }) => {
        if (told.has(fact) || mayBeTold.has(fact.clear) || !find(all)) return [];
        told.add(fact);
        return [`${fact.what} (${fact.dataClass}, ${sight}) as "${form}"`];
      });
      const members = status < 300 ? [...membersOf(body)].flatMap((name) => memberLeak(reader, name)) : [];
      return [...new Set([...found, ...members])];
    },
  };
}

const MEASUREMENTS = 'text/plain; version=';
/** Durations, bytes, counts: a number of few digits is among them by chance. What is told to this bank is longer, or no number. */
const MEASURED = / (?!\d{14,}$|\d{12,}\.\d\d$)\S+$/gm;

const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const isUuid = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(text);
interface Haystack { readonly ids: ReadonlySet<string>; readonly withoutIds: string }

/** A text shorter than this must stand on its own, or any number would hold it. */
const PIECE = 8;
/** A piece of fewer different characters could be of anything: 00000001. */
const DISTINCT = 5;

function finder(form: string): (all: Haystack) => boolean {
  const text = form.toLowerCase();
  if (isUuid(text)) return ({ ids }) => ids.has(text);
  if (text.length >= PIECE) return ({ withoutIds }) => withoutIds.includes(text);
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'u');
  return ({ withoutIds }) => withoutIds.includes(text) && alone.test(withoutIds);
}

/** All that would tell it: the whole, an amount in minor units; where it is hidden its mask and every longer word with a number too, where it is masked every longer piece of it. */
function formsOf({ clear, masked, dataClass }: Fact, isMasked: boolean): string[] {
  const minor = /^\d{4,}\.\d\d$/.test(clear) ? [clear.replace('.', '')] : [];
  if (dataClass === 'secret' || dataClass === 'record') return [clear];
  if (!isMasked) {
    const words = clear.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= PIECE && /\d/.test(word) && new Set(word).size >= DISTINCT);
    return [...new Set([clear, ...minor, ...words, ...(masked !== undefined && masked.replaceAll(/[^\p{L}\p{N}]/gu, '').length >= 6 ? [masked] : [])])];
  }
  const shown = Math.max(...masked!.split(/\*+/).map((run) => run.length));
  const length = Math.max(PIECE, shown + 2);
  return [clear, ...Array.from({ length: Math.max(0, clear.length - length + 1) }, (_, at) => clear.slice(at, at + length)).filter((piece) => new Set(piece).size >= DISTINCT)];
}

/** Names of members, and of fields that changes name. */
function* membersOf(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (Array.isArray(value) || !['hidden', 'masked', 'clear'].includes(member as string)) yield name;
    if (name === 'field' && typeof member === 'string') yield member;
    yield* membersOf(member);
  }
}

function memberLeak({ views, held }: Reader, name: string): string[] {
  const known = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : undefined;
  // Customers are told the name they sign in with; those of others are facts of their own.
  if (known === undefined || (name === 'username' && held.some(({ permission }) => permission === 'own.use'))) return [];
  const [dataClass, whenMasked] = known;
  return views[dataClass] === 'hidden' || (views[dataClass] === 'masked' && whenMasked === 'nothing') ? [`the member ${name} (${dataClass}, ${views[dataClass]})`] : [];
}
