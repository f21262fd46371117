import type { SecureContextOptions } from 'node:tls';
import { HttpExchange } from '../import/http-exchange.js';
import pRetry, { AbortError } from 'p-retry';

/** A small JSON client of the bank's own API, for founding a bank and for journeys. 503 is tried again with the same idempotency key. */
export interface BankClient {
  get<T = Record<string, unknown>>(path: string): Promise<T>;
  post<T = Created>(path: string, body: object, idempotencyKey?: string, headers?: Readonly<Record<string, string>>): Promise<T>;
}

export interface Created {
  readonly id: string;
  readonly revision: number;
  readonly position: string;
  readonly accountNumber?: string;
}

export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer';
  constructor(readonly status: number, readonly problem: { readonly code?: string; readonly title?: string; readonly errors?: unknown }) {
    super(`${status} ${problem.code ?? problem.title ?? ''} ${problem.errors ? JSON.stringify(problem.errors) : ''}`.trim());
  }
}

/** `tls`: of a bank whose authority this machine does not know. */
export function bankClient(url: string, token: string, tls?: SecureContextOptions): BankClient {
  const exchange = tls && new HttpExchange(url, REQUEST_MS, tls);
  const send = (method: string, path: string, body?: object, key?: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    pRetry(
      async () => {
        const request = {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body && { 'content-type': 'application/json' }),
            ...headers,
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body && { body: JSON.stringify(body) }),
        };
        const { status, answer } = exchange ? await overTls(exchange, path, request) : await overFetch(`${url}${path}`, request);
        if (status < 400) return answer;
        const problem = new ProblemAnswer(status, answer as ProblemAnswer['problem']);
        throw status === 503 ? problem : new AbortError(problem);
      },
      { retries: 20, minTimeout: 100, maxTimeout: 1_000 },
    );
  return {
    get: async <T>(path: string) => (await send('GET', path)) as T,
    post: async <T>(path: string, body: object, key?: string, headers?: Readonly<Record<string, string>>) => (await send('POST', path, body, key, headers)) as T,
  };
}

const REQUEST_MS = 60_000;

interface SentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function overFetch(url: string, request: SentRequest): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(url, request);
  return { status: response.status, answer: await response.json() };
}

async function overTls(exchange: HttpExchange, path: string, { method, headers, body }: SentRequest): Promise<{ status: number; answer: unknown }> {
  const { status, body: text } = await exchange.send(method, path, headers, body);
  return { status, answer: JSON.parse(text) };
}
