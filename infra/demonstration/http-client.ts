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

export function bankClient(url: string, token: string): BankClient {
  const send = (method: string, path: string, body?: object, key?: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    pRetry(
      async () => {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body && { 'content-type': 'application/json' }),
            ...headers,
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body && { body: JSON.stringify(body) }),
        });
        const answer: unknown = await response.json();
        if (response.ok) return answer;
        const problem = new ProblemAnswer(response.status, answer as ProblemAnswer['problem']);
        throw response.status === 503 ? problem : new AbortError(problem);
      },
      { retries: 20, minTimeout: 100, maxTimeout: 1_000 },
    );
  return {
    get: async <T>(path: string) => (await send('GET', path)) as T,
    post: async <T>(path: string, body: object, key?: string, headers?: Readonly<Record<string, string>>) => (await send('POST', path, body, key, headers)) as T,
  };
}
