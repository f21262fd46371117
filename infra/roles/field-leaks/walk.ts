import { type Answer, type Ask, askAt, type Sent } from './exchange.js';
import { isEventStream } from './event-stream.js';
import { reachesRecord, sightOf, type Fact, type Reader } from './facts.js';
import type { AskedBy, RouteCase } from './route-case.js';
import { watchFor, type Watch } from './watch.js';
import { UNKNOWN, type World } from './world.js';

export interface Walked {
  /** What must not be: a line each. */
  readonly faults: readonly string[];
  readonly requests: number;
}

const READERS_AT_ONCE = 8;
const RENEW_EVERY_MS = 120_000;

/** Sends everything as everybody and looks at all that comes back. */
export async function walk(world: World, cases: readonly RouteCase[]): Promise<Walked> {
  const faults = new Set<string>();
  let requests = 0;
  /** Parameters whose hit and miss somebody was answered differently. */
  const telling = new Set<string>();
  let renewed = Date.now();
  const answeredWell = new Set<RouteCase>();
  const watches = new Map<Reader, Watch>(world.readers.map((reader) => [reader, watchFor(reader, world.facts.all)]));

  const unmasking = new Map<Reader, Watch>();
  function watchOf(reader: Reader, { unmasks }: RouteCase): Watch {
    if (!unmasks) return watches.get(reader)!;
    const known = unmasking.get(reader) ?? watchFor(unmasked(reader), world.facts.all);
    unmasking.set(reader, known);
    return known;
  }

  /** Several readers at once where nothing is changed, so that the answers to one are also those that another had cached. */
  async function asEverybody(part: readonly RouteCase[], readersOf: (one: RouteCase) => readonly Reader[], atOnce: number): Promise<void> {
    for (const one of part) {
      if (Date.now() - renewed > RENEW_EVERY_MS) {
        await world.renewSessions();
        renewed = Date.now();
      }
      const waiting = readersOf(one).filter((reader) => one.onlyStrangers === undefined || Object.keys(reader.headers).length === 0);
      await Promise.all(Array.from({ length: atOnce }, async () => {
        for (let reader = waiting.shift(); reader; reader = waiting.shift()) await asOne(one, reader);
      }));
    }
  }

  async function asOne(one: RouteCase, reader: Reader): Promise<void> {
    const fault = (what: string): void => void faults.add(`${one.route}, as ${reader.name}: ${what}`);
    const watch = watchOf(reader, one);
    const mayBeTold = new Set(one.tellsIds?.of(world));
    const asking = askAt(world.url, reader.headers);
    const ask: Ask = async (sent) => {
      requests++;
      const answer = await asking(sent);
      for (const leak of watch.leaksIn(answer, mayBeTold)) fault(`${sent.method} ${sent.path.slice(0, 120)} -> ${answer.status} tells ${leak}`);
      if (answer.status < 300 && !isEmptyStream(answer)) answeredWell.add(one);
      if (answer.status >= 500) fault(`${sent.method} ${sent.path} -> ${answer.status} ${answer.text}`);
      return answer;
    };
    const mayAsk = mayAskFor(one, reader);
    const answers = new Map<string, string[]>();
    const targets = one.targets?.(world) ?? [];
    const ids = [...targets.map((target) => target.id), ...(one.unknown === undefined ? (one.targets ? [] : [UNKNOWN]) : [one.unknown])];
    // Who may not ask at all is refused before any record is looked at: the first and the one that is not there show it.
    for (const id of mayAsk ? ids : [...new Set([ids[0]!, ids.at(-1)!])]) {
      const given: string[] = [];
      for (const [index, sent] of sentOf(one, world, id, reader).entries()) {
        const answer = await ask(sent);
        given.push(comparable(answer, id));
        if (!mayAsk) {
          if (!isRefusal(answer)) fault(`${sent.path} -> ${answer.status} without the permission ${one.permission}`);
          break;
        }
        await andSo(ask, sent, answer, { plain: reader.plain, first: index === 0 });
      }
      answers.set(id, given);
    }
    for (const { id, owners } of targets) {
      const permission = one.reachedBy ?? one.permission;
      if (one.unknown === undefined || (permission !== undefined && reachesRecord(reader, [permission], owners))) continue;
      for (const [index, given] of (answers.get(id) ?? []).entries()) {
        const other = answers.get(one.unknown)![index];
        if (given !== other) fault(`what is beyond reach is told from what is not there:\n    ${given}\n    ${other}`);
      }
    }
    if (mayAsk) for (const [name, by] of Object.entries(one.asksBy ?? {})) await askBy(one, reader, ask, name, by, fault);
  }

  async function askBy(one: RouteCase, reader: Reader, ask: Ask, name: string, { dataClass, maskedWillDo, hit, miss, along }: AskedBy, fault: (what: string) => void): Promise<void> {
    const view = dataClass === undefined ? 'clear' : reader.views[dataClass];
    if (!reader.plain && view === 'clear') return;
    const [found, other] = [await ask(searching(one, world, { ...along, [name]: hit(world) })), miss === undefined ? undefined : await ask(searching(one, world, { ...along, [name]: miss }))];
    if (view === 'hidden' || (view === 'masked' && !maskedWillDo)) {
      for (const answer of [found, ...(other ? [other] : [])]) if (answer.status !== 403 || (answer.body as { code: string }).code !== 'field_hidden') fault(`may ask by ${name}, which is ${view}: ${answer.status} ${answer.text.slice(0, 200)}`);
      if (other && comparable(found, '') !== comparable(other, '')) fault(`asking by ${name}, which is ${view}, is answered by its value`);
    } else if ((found.body as { code?: string }).code === 'field_hidden') fault(`may not ask by ${name}, although it is ${view}`);
    else if (other && comparable(found, '') !== comparable(other, '')) telling.add(`${one.route} ${name}`);
  }

  const isRead = ({ route }: RouteCase): boolean => route.startsWith('GET ') || route === 'POST /v1/customers/search' || route.endsWith('/unmask') || route.endsWith('/unseal');
  await asEverybody(cases.filter(isRead), () => world.readers, READERS_AT_ONCE);
  for (const reader of world.readers.filter(({ plain }) => plain)) for (const fact of unseen(reader, watches.get(reader)!, world.facts.all)) faults.add(`control: ${reader.name} ought to have seen ${fact.what} (${fact.dataClass})`);
  const plain = world.readers.filter((reader) => reader.plain);
  const commands = cases.filter((one) => !isRead(one));
  // Who may not send it changes nothing.
  await asEverybody(commands, (one) => plain.filter((reader) => !mayAskFor(one, reader)), READERS_AT_ONCE);
  await asEverybody(commands, (one) => plain.filter((reader) => mayAskFor(one, reader)), 1);
  for (const { route, asksBy = {} } of cases) for (const [name, { miss }] of Object.entries(asksBy)) if (miss !== undefined && !telling.has(`${route} ${name}`)) faults.add(`control: ${route} answers ${name} to nobody`);
  for (const one of cases) if (!answeredWell.has(one) && one.neverGood === undefined) faults.add(`control: ${one.route} was never answered well`);
  return { faults: [...faults], requests };
}

const mayAskFor = ({ permission: needed }: RouteCase, { held }: Reader): boolean => needed === undefined || held.some(({ permission }) => permission === needed);

const unmasked = (reader: Reader): Reader => ({ ...reader, views: Object.fromEntries(Object.entries(reader.views).map(([name, view]) => [name, view === 'masked' ? 'clear' : view])) as unknown as Reader['views'] });

/** What stands in no answer on oneself alone need not be found there. */
const unseen = (reader: Reader, { seen }: Watch, facts: readonly Fact[]): Fact[] => facts.filter((fact) => !fact.silent && (fact.about === undefined || fact.about !== reader.self) && !seen.has(fact) && sightOf(reader, fact) === 'clear');

/** Opened is not looked at: something must have come. */
const isEmptyStream = ({ headers, body }: Answer): boolean => isEventStream(headers.get('content-type')) && (body as readonly unknown[]).length === 0;

const isRefusal = ({ status, body }: Answer): boolean => (status === 401 || status === 403) && ['unauthenticated', 'permission_missing'].includes((body as { code: string }).code);

export function sentOf({ route, requests, item }: RouteCase, world: World, id: string, reader: Reader): Sent[] {
  const [method = '', path = ''] = route.split(' ');
  let first = true;
  const named = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(first ? ((first = false), id) : (item?.(world, id) ?? UNKNOWN)));
  return (requests?.(world, id, reader) ?? [{}]).map(({ query, headers, body }) => ({ method, path: query === undefined ? named : `${named}?${query}`, headers, body }));
}

function searching(one: RouteCase, world: World, parameters: Readonly<Record<string, unknown>>): Sent {
  const { method, path } = sentOf({ ...one, requests: () => [{}] }, world, one.targets?.(world)[0]?.id ?? UNKNOWN, world.readers[0]!)[0]!;
  return method === 'GET' ? { method, path: `${path}?${new URLSearchParams(parameters as Record<string, string>).toString()}` } : { method, path, body: parameters };
}

/** The same again in every other way in which it can be asked. */
async function andSo(ask: Ask, sent: Sent, answer: Answer, { plain, first }: { readonly plain: boolean; readonly first: boolean }): Promise<void> {
  if (sent.headers?.['idempotency-key'] !== undefined) await ask(sent);
  if (answer.status >= 400) return;
  if (sent.method === 'GET' && plain && first) {
    await ask({ ...sent, method: 'HEAD' });
    await ask({ ...sent, path: withQuery(sent.path, 'surplus=1') });
    const etag = answer.headers.get('etag');
    if (etag !== undefined) await ask({ ...sent, headers: { ...sent.headers, 'if-none-match': etag } });
  }
  let page = answer;
  for (let pages = 0; pages < (plain ? 20 : 1); pages++) {
    const { nextCursor } = (page.body ?? {}) as { nextCursor?: string };
    if (nextCursor === undefined) return;
    page = await ask(nextPage(sent, nextCursor));
  }
}

const withQuery = (path: string, more: string): string => `${path}${path.includes('?') ? '&' : '?'}${more}`;
/** Whoever searches by a body has the cursor in it. */
const nextPage = (sent: Sent, cursor: string): Sent => (sent.method === 'GET' ? { ...sent, path: withQuery(sent.path, `cursor=${encodeURIComponent(cursor)}`) } : { ...sent, body: { ...(sent.body as object), cursor } });

/** What two answers have in common when nobody can tell them apart: all but the time, the names of the requests and the id that was asked for. */
function comparable({ status, headers, text }: Answer, id: string): string {
  const kept = [...headers].filter(([name]) => !['date', 'x-correlation-id', 'retry-after', 'content-length'].includes(name)).map(([name, value]) => `${name}: ${value}`).sort();
  return `${status} ${kept.join(' | ')} ${text.replaceAll(/urn:uuid:[0-9a-f-]{36}/g, '').replaceAll(id === '' ? '\0' : id, '<id>')}`;
}
