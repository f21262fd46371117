import http from 'node:http';
import https from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { text } from 'node:stream/consumers';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
  /** The Retry-After header in seconds; 0 where there is none. */
  readonly retryAfterSeconds: number;
}

/** Requests to one server over connections that are kept. Node's `fetch` does the same for thrice the processor time, which the bank needs. */
export class HttpExchange {
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  /** `tls`: the authority to trust and the certificate to show, where they are not the machine's. */
  constructor(private readonly url: string, private readonly timeoutMs: number, tls: SecureContextOptions = {}) {
    const secure = url.startsWith('https:');
    this.#agent = secure ? new https.Agent({ ...tls, keepAlive: true }) : new http.Agent({ keepAlive: true });
    this.#request = secure ? https.request : http.request;
  }

  /** Throws where no whole answer comes in time. */
  async send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<HttpAnswer> {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const request = this.#request(this.url + path, {
      method, agent: this.#agent, headers: bytes ? { ...headers, 'content-length': bytes.length } : { ...headers },
    });
    // Of the whole exchange: a server that sends a byte now and then must not hold it for ever.
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${this.timeoutMs / 1000} s`)), this.timeoutMs);
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject).end(bytes);
      });
      return { status: response.statusCode!, body: await text(response), headers: response.headers, retryAfterSeconds: Number(response.headers['retry-after']) || 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
