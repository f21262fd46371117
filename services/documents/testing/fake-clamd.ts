import { createServer, type Server, type Socket } from 'node:net';
import { EICAR } from '../scanning/test-file-scanner.js';

/** How it answers INSTREAM: as clamd does, or as something that goes wrong. */
export type Behaviour = 'honest' | 'silent' | 'hangs-up' | 'too-large' | 'error' | 'garbage' | 'half' | 'floods' | 'early-ok-then-nothing';

export interface FakeClamd {
  readonly port: number;
  behaviour: Behaviour;
  stop(): Promise<void>;
}

/** Speaks clamd's INSTREAM: 4 bytes of length before each chunk, none at the end. */
export async function startFakeClamd(): Promise<FakeClamd> {
  const sockets = new Set<Socket>();
  const fake = { behaviour: 'honest' as Behaviour };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (fake.behaviour === 'hangs-up') return void socket.destroy();
      if (fake.behaviour === 'too-large' && received.length > 100) return void socket.end('INSTREAM size limit exceeded. ERROR\0');
      if (fake.behaviour === 'floods') return void socket.write(Buffer.alloc(100_000, 'x'));
      const content = contentOf(received);
      if (content) answer(socket, content, fake.behaviour);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, {
    port: (server.address() as { port: number }).port,
    stop: () => new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    }),
  });
}

function answer(socket: Socket, content: Buffer, behaviour: Behaviour): void {
  switch (behaviour) {
    case 'honest':
    case 'too-large':
      return void socket.end(content.includes(EICAR) ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0');
    case 'error':
      return void socket.end('stream: Can\'t allocate memory ERROR\0');
    case 'garbage':
      return void socket.end('OK\0');
    case 'half':
      return void socket.end('stream: OK');
    case 'early-ok-then-nothing':
      return void socket.end('stream: OK FOUND');
    case 'silent':
    case 'hangs-up':
    case 'floods':
  }
}

/** Undefined while it is not all there. */
function contentOf(received: Buffer): Buffer | undefined {
  const command = 'zINSTREAM\0';
  if (received.length < command.length) return undefined;
  if (received.subarray(0, command.length).toString() !== command) throw new Error('not INSTREAM');
  const chunks: Buffer[] = [];
  for (let at = command.length; received.length >= at + 4;) {
    const length = received.readUInt32BE(at);
    if (length === 0) return Buffer.concat(chunks);
    if (received.length < at + 4 + length) return undefined;
    chunks.push(received.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}
