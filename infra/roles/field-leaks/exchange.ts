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
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/** Sends as somebody. */
export type Ask = (sent: Sent) => Promise<Answer>;

export const askAt = (url: string, who: Readonly<Record<string, string>>): Ask => async ({ method, path, headers, body }) => {
  const response = await fetch(`${url}${path}`, {
    method, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...who, ...headers }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: new Map(response.headers), text, body: response.headers.get('content-type') === 'application/x-ndjson' ? text.split('\n').map(jsonOf) : jsonOf(text) };
};

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
