import { HttpExchange } from '../../import/http-exchange.js';
import { EVENT_STREAM, eventsIn, isEventStream, readEventStream } from './event-stream.js';

/** One request; `path` with its query. A body that is a text is sent as it is. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** Undefined where it is no JSON; of a stream of events, what each says. */
  readonly body: unknown;
}

/** Sends as somebody. */
export type Ask = (sent: Sent) => Promise<Answer>;

export function askAt(url: string, who: Readonly<Record<string, string>>): Ask {
  const exchange = exchanges.get(url) ?? new HttpExchange(url, ANSWER_WITHIN_MS);
  exchanges.set(url, exchange);
  return async ({ method, path, headers, body }) => {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const all = { ...(body !== undefined && { 'content-type': 'application/json' }), ...who, ...headers };
    const answer = headers?.['accept'] === EVENT_STREAM ? await readEventStream(method, url + path, all) : await exchange.send(method, path, all, sent);
    return { status: answer.status, headers: new Map(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])), text: answer.body, body: bodyOf(answer.body, answer.headers['content-type']) };
  };
}

const ANSWER_WITHIN_MS = 60_000;
/** Connections are kept, by bank. */
const exchanges = new Map<string, HttpExchange>();

function bodyOf(text: string, type: string | undefined): unknown {
  if (isEventStream(type)) return eventsIn(text).map(jsonOf);
  return type === 'application/x-ndjson' ? text.split('\n').map(jsonOf) : jsonOf(text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As somebody who is answered well or not at all. */
export async function must<T = { readonly id: string; readonly position: string }>(ask: Ask, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
  const answer = await ask({ method, path, body, headers });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body as T;
}
