import { connect, type Socket } from 'node:net';

export interface Exchange {
  /** 0: no answer came. */
  readonly status: number;
  readonly body: string;
}

const NO_ANSWER: Exchange = { status: 0, body: '' };
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const DEADLINE_MS = 30_000;

/**
 * One keep-alive connection, one request at a time, with no more of HTTP/1.1 than the bank's answers need (a length in every one): what the load costs is not left to the bank.
 * A connection that fails answers status 0 and is made again for the next request.
 */
export class Connection {
  #socket: Socket | undefined;
  #pending: ((exchange: Exchange) => void) | undefined;
  #received: Buffer[] = [];
  #have = 0;
  #need = -1;
  #bodyFrom = 0;
  #sentAt = 0;

  constructor(private readonly host: string, private readonly port: number, private readonly authorization: string) {}

  send(method: string, path: string, body?: string, headers = ''): Promise<Exchange> {
    const socket = (this.#socket ??= this.#open());
    this.#sentAt = performance.now();
    const about = body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${this.host}:${this.port}\r\nauthorization: ${this.authorization}\r\n${headers}${about}\r\n${body ?? ''}`);
    return new Promise((resolve) => { this.#pending = resolve; });
  }

  /** To be called now and then: a request that has waited too long gets no answer any more. */
  giveUp(now: number): void {
    if (this.#pending && now - this.#sentAt > DEADLINE_MS) this.close();
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#answer(NO_ANSWER);
  }

  #open(): Socket {
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    socket.on('data', (chunk) => this.#take(chunk));
    const ended = (): void => {
      if (this.#socket === socket) this.close();
    };
    socket.once('error', ended).once('close', ended);
    return socket;
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#have += chunk.length;
    if (this.#need < 0 && !this.#readHead()) return;
    if (this.#have < this.#need) return;
    const whole = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
    this.#answer({ status: Number(whole.toString('latin1', 9, 12)), body: whole.toString('utf8', this.#bodyFrom, this.#need) });
  }

  #readHead(): boolean {
    const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
    this.#received = [all];
    const end = all.indexOf(END_OF_HEAD);
    if (end < 0) return false;
    const length = /\r\ncontent-length: *(\d+)/i.exec(all.toString('latin1', 0, end))?.[1];
    this.#bodyFrom = end + END_OF_HEAD.length;
    this.#need = this.#bodyFrom + Number(length ?? 0);
    return true;
  }

  #answer(exchange: Exchange): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#received = [];
    this.#have = 0;
    this.#need = -1;
    pending?.(exchange);
  }
}
