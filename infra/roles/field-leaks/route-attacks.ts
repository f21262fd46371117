import { connect } from 'node:net';
import type { Answer, Sent } from './exchange.js';
import type { RouteCase } from './route-case.js';
import { sentOf } from './walk.js';
import type { World } from './world.js';

/** Sent in place of every text of every request. */
export const PAYLOADS: Readonly<Record<string, string>> = {
  'SQL, closing a text': '\'; drop schema customers cascade; --',
  'SQL, always true': '\' or \'1\'=\'1',
  'SQL, by a number': '1) or 1=1 --',
  'SQL, a pattern': '%',
  'a header of one\'s own': 'x\r\nSet-Cookie: taken=1\r\nX-Taken: 1\r\n\r\n<script>',
  'a line of one\'s own in the log': 'x\n{"level":30,"msg":"forged-line"}\n\u001b[2J\u001b]0;forged\u0007',
  'a formula': '=HYPERLINK("http://evil.example","x")',
  'a path': '../../../../etc/passwd',
  'a zero byte': 'x\u0000y',
  'half a character': 'x\ud800y',
  'a template': '${7*7}{{7*7}}<%= 7*7 %>',
  'a long text': 'A'.repeat(20_000),
};

/** Members that would say who sends, what they may, or how the change is recorded. */
const PRIVILEGED = {
  commandId: 'c0ffee00-0000-4000-8000-000000000001', actor: { id: 'passbook', role: 'system' }, actingAs: 'passbook', approver: { id: 'passbook' }, approvedBy: 'passbook', principal: { id: 'bootstrap' }, rights: 'all',
  permissions: ['access.administer'], isAdmin: true, recordedAt: '2001-01-01T00:00:00Z', position: '1', revision: 0, correlationId: 'x', passwordHash: 'x', balance: { amount: '1.00', currency: 'CNY' },
};
const POLLUTING = ['{"__proto__":{"polluted":true},', '{"constructor":{"prototype":{"polluted":true}},'];

export interface Attacked {
  readonly faults: readonly string[];
  readonly requests: number;
}

interface Schema { readonly properties?: Readonly<Record<string, unknown>>; readonly anyOf?: readonly Schema[]; readonly oneOf?: readonly Schema[]; readonly $ref?: string }
interface Described { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } }>>>>; readonly components: object }

/** Each of a route's own requests with every text of path, query, headers and body replaced by each payload, sent by whoever may do everything. */
export async function injectEverywhere(world: World, cases: readonly RouteCase[]): Promise<Attacked> {
  const faults = new Set<string>();
  let requests = 0;
  const sender = turns();
  for (const one of cases)
    for (const sent of ownRequests(one, world))
      for (const { place, attacked } of mutations(sent))
        for (const [name, payload] of sender(place)) {
          requests++;
          const answer = await world.bank(attacked(payload));
          const fault = (what: string): void => void faults.add(`${one.route}, ${name} as ${place}: ${what}`);
          if (answer.status >= 500 && answer.status !== 503) fault(`${answer.status} ${answer.text.slice(0, 300)}`);
          if (answer.headers.has('set-cookie') || answer.headers.has('x-taken')) fault('a header was taken');
          if (/syntax error|SELECT |relation "|at .*\.js:|pg_|49\{\{/.test(withoutIds(answer)) && answer.status >= 400) fault(`tells of its inside: ${answer.text.slice(0, 300)}`);
          const items = (answer.body as { items?: unknown[] } | undefined)?.items;
          if (answer.status === 200 && place.startsWith('?') && Array.isArray(items) && items.length > 0 && name.startsWith('SQL')) fault(`finds ${items.length}`);
        }
  return { faults: [...faults], requests };
}

/**
 * Each payload at each place would be a hundred thousand requests. Parameters of queries, which reach SQL, are given all of them; other places take turns, so that each kind of place
 * has had every payload many times over, and the same ones every run.
 */
function turns(): (place: string) => [string, string][] {
  const all = Object.entries(PAYLOADS);
  let next = 0;
  return (place) => {
    if (place.startsWith('?')) return all;
    const given = place.startsWith('the header') ? 1 : 3;
    return Array.from({ length: given }, () => all[next++ % all.length]!);
  };
}

/** Bodies that say more than their schema has: refused, each member by its name. */
export async function saysTooMuch(world: World, { paths, components }: Described): Promise<Attacked> {
  const faults: string[] = [];
  let requests = 0;
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const schema = requestBody?.content['application/json']?.schema;
      if (schema === undefined) continue;
      const known = membersOf(schema, components);
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'code' ? 'NOWHERE' : name === 'name' ? 'no-such-role' : '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a'));
      const headers = { 'if-match': '*', 'idempotency-key': 'says-too-much' };
      const surplus = Object.fromEntries(Object.entries(PRIVILEGED).filter(([name]) => !known.has(name)));
      requests++;
      const answer = await world.bank({ method: method.toUpperCase(), path: url, headers, body: surplus });
      const pointed = new Set(((answer.body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer));
      const unseen = Object.keys(surplus).filter((name) => !pointed.has(`/${name}`));
      if (answer.status !== 400 || unseen.length > 0) faults.push(`${method} ${path}: ${answer.status}, takes ${unseen.join(', ')}: ${answer.text.slice(0, 200)}`);
      for (const start of POLLUTING) {
        requests++;
        const polluted = await world.bank({ method: method.toUpperCase(), path: url, headers: { ...headers, 'content-type': 'application/json' }, body: `${start}"reason":"x"}` });
        if (polluted.status !== 400) faults.push(`${method} ${path} takes ${start}: ${polluted.status} ${polluted.text.slice(0, 200)}`);
      }
      requests++;
      const deep = await world.bank({ method: method.toUpperCase(), path: url, headers: { ...headers, 'content-type': 'application/json' }, body: `{"reason":${'['.repeat(20_000)}${']'.repeat(20_000)}}` });
      if (deep.status !== 400 && deep.status !== 413) faults.push(`${method} ${path} takes a body 20000 deep: ${deep.status}`);
    }
  return { faults, requests };
}

/** A request as bytes; what comes back, as text. For what no client would send. */
export const asBytes = (url: string, bytes: string): Promise<string> => new Promise((resolve) => {
  const { hostname, port } = new URL(url);
  let answer = '';
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  // A connection that is cut is an answer too.
  socket.setTimeout(10_000, () => socket.destroy()).setEncoding('utf8').on('data', (text: string) => (answer += text)).on('error', () => undefined).once('close', () => resolve(answer));
});

function ownRequests(one: RouteCase, world: World): Sent[] {
  const id = one.targets?.(world)[0]?.id ?? one.unknown ?? '';
  const asked = Object.entries(one.asksBy ?? {}).map(([name, { hit, along }]): Sent => {
    const [method = '', path = ''] = one.route.split(' ');
    const parameters = { ...along, [name]: hit(world) };
    return method === 'GET' ? { method, path: `${path}?${new URLSearchParams(parameters as Record<string, string>).toString()}` } : { method, path, body: parameters };
  });
  const own = sentOf(one, world, id, world.readers[0]!);
  return [...own.slice(0, 1), ...own.slice(1).filter(({ body }) => body !== undefined).slice(0, 1), ...asked];
}

interface Mutation { readonly place: string; readonly attacked: (payload: string) => Sent }

function mutations(sent: Sent): Mutation[] {
  const [path = '', query = ''] = sent.path.split('?');
  const steps = path.split('/');
  const inPath = steps.flatMap((step, at): Mutation[] => (/^[0-9a-f-]{36}$|^[A-Z-]+\d?$|-role$/.test(step)
    ? [{ place: `the path's ${at}`, attacked: (payload) => ({ ...sent, path: `${steps.with(at, encodeURIComponent(payload.replaceAll(/\p{Cs}/gu, ''))).join('/')}${query && `?${query}`}` }) }] : []));
  const inQuery = [...new URLSearchParams(query).keys()].map((name): Mutation => ({
    place: `?${name}`, attacked: (payload) => {
      const parameters = new URLSearchParams(query);
      parameters.set(name, payload);
      return { ...sent, path: `${path}?${parameters.toString()}` };
    },
  }));
  const inBody = typeof sent.body === 'object' ? leavesOf(sent.body, []).map((at): Mutation => ({ place: `/${at.join('/')}`, attacked: (payload) => ({ ...sent, body: withLeaf(sent.body, at, payload), headers: fresh(sent) }) })) : [];
  const inHeaders = ['x-correlation-id', 'x-purpose', 'traceparent', 'if-match', 'idempotency-key', 'x-act-as', 'user-agent'].map((name): Mutation => ({
    // What is not a header's text no client sends: that is tried as bytes.
    place: `the header ${name}`, attacked: (payload) => ({ ...sent, headers: { ...sent.headers, [name]: payload.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 4_000) } }),
  }));
  return [...inPath, ...inQuery, ...inBody, ...(sent.path.includes('?') ? [] : inHeaders)];
}

let keys = 0;
/** Otherwise it would be a repeat, which is not looked into. */
const fresh = ({ headers }: Sent): Sent['headers'] => ({ ...headers, ...(headers?.['idempotency-key'] !== undefined && { 'idempotency-key': `attack-${keys++}` }) });

function leavesOf(value: unknown, at: readonly string[]): (readonly string[])[] {
  if (typeof value === 'string') return [at];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...at, key])) : [];
}

function withLeaf(value: unknown, [step, ...rest]: readonly string[], payload: string): unknown {
  if (step === undefined) return payload;
  if (Array.isArray(value)) return value.with(Number(step), withLeaf(value[Number(step)], rest, payload));
  return { ...(value as object), [step]: withLeaf((value as Record<string, unknown>)[step], rest, payload) };
}

const withoutIds = ({ text }: Answer): string => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');

function membersOf(schema: Schema, components: object): Set<string> {
  if (schema.$ref !== undefined) return membersOf(schema.$ref.split('/').slice(2).reduce((at: unknown, step) => (at as Record<string, unknown>)[step], components) as Schema, components);
  return new Set([...Object.keys(schema.properties ?? {}), ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) => [...membersOf(one, components)])]);
}
