import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createHash, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';

/** What a test may break. Answers a status to give instead of the bank's; `after` the command was carried out, or before. */
export interface Fault {
  readonly status: number;
  readonly when: 'before' | 'after';
}

interface Posted {
  readonly accountId: string;
  readonly minor: bigint;
  readonly bookingDate: string;
  readonly against: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A bank for tests of the import: HTTP on a free port, idempotent as the real one is, with no log behind it. */
export class FakeBank {
  readonly customers = new Map<string, Record<string, unknown>>();
  readonly accounts = new Map<string, { balance: bigint; body: Record<string, unknown> }>();
  readonly posted: Posted[] = [];
  requests = 0;
  commands = 0;
  /** Asked before every command. */
  fault: (commandNumber: number) => Fault | undefined = () => undefined;
  /** The negative control: forgets keys, as a bank must not. */
  forgetful = false;
  readonly #answers = new Map<string, { readonly hash: string; readonly answer: Answer }>();
  #server: Server | undefined;

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url!.split('?')[0]!;
    const answer = request.headers.authorization !== 'Bearer right'
      ? refusal(401, 'unauthenticated')
      : request.method === 'GET'
        ? this.#query(path, request.url!)
        : this.#faulty(path, request.headers['idempotency-key'] as string, Buffer.concat(chunks).toString());
    response.writeHead(answer.status, { 'content-type': 'application/json', ...(answer.status === 503 ? { 'retry-after': '0' } : {}) });
    response.end(JSON.stringify(answer.body));
  }

  #faulty(path: string, key: string, text: string): Answer {
    const fault = this.fault(++this.commands);
    if (fault?.when === 'before') return refusal(fault.status, 'outage');
    const answer = this.#command(path, key, text);
    return fault ? refusal(fault.status, 'outage') : answer;
  }

  #command(path: string, key: string, text: string): Answer {
    const hash = createHash('sha256').update(path + text).digest('hex');
    const earlier = this.#answers.get(key);
    if (earlier && !this.forgetful) return earlier.hash === hash ? earlier.answer : refusal(409, 'idempotency_key_reused');
    const answer = this.#decide(path, JSON.parse(text) as Record<string, unknown>);
    if (answer.status === 201) this.#answers.set(key, { hash, answer });
    return answer;
  }

  #decide(path: string, body: Record<string, unknown>): Answer {
    if (path === '/v1/customers') {
      const number = (body['idDocument'] as { number: string }).number;
      for (const [id, customer] of this.customers) {
        if ((customer['idDocument'] as { number: string }).number !== number) continue;
        return refusal(409, 'customer_duplicate', { candidates: [{ id, reasons: ['same_identity'] }] });
      }
      return this.#created((id) => this.customers.set(id, body));
    }
    if (path === '/v1/accounts') return this.#created((id) => this.accounts.set(id, { balance: 0n, body }));
    if (path === '/v1/transfers') return this.#move([[body['from'] as string, -1n], [body['to'] as string, 1n]], body);
    const [, , , accountId, what] = path.split('/');
    return this.#move([[accountId!, what === 'deposits' ? 1n : -1n]], body);
  }

  #move(legs: readonly (readonly [string, bigint])[], body: Record<string, unknown>): Answer {
    const minor = BigInt((body['money'] as { amount: string }).amount.replace('.', ''));
    if (legs.some(([accountId]) => !this.accounts.has(accountId))) return refusal(404, 'account_not_found');
    const overdrawn = ([accountId, sign]: readonly [string, bigint]) => this.accounts.get(accountId)!.balance + sign * minor < -10_000_000n;
    if (legs.some(overdrawn)) return refusal(422, 'insufficient_funds');
    return this.#created(() => {
      for (const [accountId, sign] of legs) {
        this.accounts.get(accountId)!.balance += sign * minor;
        this.posted.push({ accountId, minor: sign * minor, bookingDate: body['bookingDate'] as string, against: body['against'] });
      }
    });
  }

  #created(apply: (id: string) => void): Answer {
    const id = randomUUID();
    apply(id);
    return { status: 201, body: { id, revision: 0, position: String(this.posted.length) } };
  }

  #query(path: string, url: string): Answer {
    if (path === '/health/ready') return { status: 200, body: {} };
    const [, , thing, id] = path.split('/');
    const account = thing === 'accounts' ? this.accounts.get(id!) : undefined;
    if (account) return { status: 200, body: { id, balance: { amount: decimal(account.balance), currency: 'CZK' } } };
    if (thing === 'customers' && id !== undefined && this.customers.has(id)) return { status: 200, body: { id } };
    return refusal(404, 'not_found', { url });
  }
}

const refusal = (status: number, code: string, rest: object = {}): Answer => ({ status, body: { status, code, title: code, ...rest } });

function decimal(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
