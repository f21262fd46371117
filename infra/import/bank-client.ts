import type { SecureContextOptions } from 'node:tls';
import pRetry from 'p-retry';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HttpExchange } from './http-exchange.js';
import type { LineFault } from './line-faults.js';

/** The bank cannot be used at all: not there, or it knows or trusts this client not. */
export class BankUnavailable extends Error {
  override readonly name = 'BankUnavailable';
  constructor(readonly why: 'unreachable' | 'unauthorised', message: string) {
    super(message);
  }
}

export interface Accepted {
  readonly accepted: true;
  readonly id: string;
  readonly position: string;
}
export interface Refused {
  readonly accepted: false;
  readonly status: number;
  readonly code: string;
  readonly errors: readonly LineFault[];
  /** The whole problem, for what is special to a code. */
  readonly problem: Readonly<Record<string, unknown>>;
}

export interface BankClientOptions {
  readonly url: string;
  readonly token: string;
  /** For how long a command is sent again before the bank counts as gone. */
  readonly patienceMs: number;
  readonly requestTimeoutMs: number;
  /** Of a bank whose authority this machine does not know. */
  readonly tls?: SecureContextOptions;
  /** Told of every repeat, for the summary. */
  readonly onRetry?: (reason: string) => void;
}

const createdSchema = z.looseObject({ id: z.string(), position: z.string() });
const problemSchema = z.looseObject({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string().optional(), code: z.string().optional(), detail: z.string().optional() })).optional(),
});

class Retriable extends Error {
  constructor(message: string, readonly afterMs: number) {
    super(message);
  }
}

const MAX_RETRY_AFTER_MS = 30_000;
const INTERNAL_TRIES = 3;
const FIRST_PATIENCE_MS = 10_000;

/** The bank's commands and queries over HTTP; the same key is sent again until the answer is definite. */
export class BankClient {
  readonly #exchange: HttpExchange;

  constructor(private readonly options: BankClientOptions) {
    this.#exchange = new HttpExchange(options.url, options.requestTimeoutMs, options.tls);
  }

  close(): void {
    this.#exchange.close();
  }

  /** Throws BankUnavailable. */
  async command(path: string, key: string, body: unknown): Promise<Accepted | Refused> {
    const { status, data } = await this.#send('POST', path, body, key);
    if (status < 300) return { accepted: true, ...createdSchema.parse(data) };
    const problem = problemSchema.safeParse(data).data ?? {};
    return {
      accepted: false,
      status,
      code: problem.code ?? `http_${status}`,
      errors: problem.errors?.map((error) => ({ field: error.pointer ?? '', code: error.code ?? '', detail: error.detail ?? '' })) ??
        [{ field: '', code: problem.code ?? `http_${status}`, detail: problem.detail ?? problem.title ?? '' }],
      problem,
    };
  }

  /** A query's answer, or nothing where there is no such thing. Throws BankUnavailable. */
  async query(path: string): Promise<unknown> {
    const { status, data } = await this.#send('GET', path);
    return status < 300 ? data : undefined;
  }

  /** At the beginning a bank that is not there is a mistake rather than an outage: it is waited for only shortly. Throws BankUnavailable. */
  async assertReady(): Promise<void> {
    const { status } = await this.#send('GET', '/health/ready', undefined, undefined, Math.min(FIRST_PATIENCE_MS, this.options.patienceMs));
    if (status !== 200) throw new BankUnavailable('unreachable', `what is at ${this.options.url} does not answer as a bank does (${status})`);
  }

  #send(
    method: 'GET' | 'POST', path: string, body?: unknown, key?: string, patienceMs = this.options.patienceMs,
  ): Promise<{ status: number; data: unknown }> {
    const startedAt = performance.now();
    let internal = 0;
    return pRetry(async () => {
      const answer = await this.#once(method, path, body, key);
      if (answer.status === 401 || answer.status === 403) {
        throw new BankUnavailable('unauthorised', `the bank answers ${answer.status} to ${method} ${path}: is the token right?`);
      }
      // A fault of the bank's own may pass; one that does not is this line's result, so that the others go on.
      // A conflict that says when to come back is with a command that is still under way.
      const retriable = answer.status === 503 || answer.status === 429 || answer.status === 502 || answer.status === 504
        || (answer.status === 409 && answer.retryAfterMs > 0) || (answer.status >= 500 && ++internal < INTERNAL_TRIES);
      if (retriable) throw new Retriable(`${method} ${path} was answered ${answer.status}`, answer.retryAfterMs);
      return answer;
    }, {
      retries: Infinity,
      minTimeout: 50,
      maxTimeout: 2_000,
      factor: 2,
      randomize: true,
      shouldRetry: ({ error }) => error instanceof Retriable,
      onFailedAttempt: async ({ error }) => {
        if (!(error instanceof Retriable)) return;
        if (performance.now() - startedAt > patienceMs) throw new BankUnavailable('unreachable', `${error.message}, for ${patienceMs / 1000} s`);
        this.options.onRetry?.(error.message);
        if (error.afterMs > 0) await sleep(error.afterMs);
      },
    });
  }

  async #once(
    method: string, path: string, body: unknown, key: string | undefined,
  ): Promise<{ status: number; data: unknown; retryAfterMs: number }> {
    const headers = {
      authorization: `Bearer ${this.options.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    try {
      const answer = await this.#exchange.send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
      return { status: answer.status, data: jsonOf(answer.body), retryAfterMs: Math.min(MAX_RETRY_AFTER_MS, 1000 * answer.retryAfterSeconds) };
    } catch (error) {
      throw new Retriable(`${method} ${path} failed: ${messageOf(error)}`, 0);
    }
  }
}

// Several addresses of one name fail as one error without words of its own.
const messageOf = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : (error as Error).message;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
