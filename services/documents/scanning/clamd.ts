import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { ScannerUnavailable, type MalwareScanner, type ScanResult } from './scanner.js';

const LONGEST_ANSWER = 1_024;

/**
 * ClamAV's daemon, by its INSTREAM command: chunks with their length before them, an empty one at the end; it answers with one line. Any answer that is
 * not exactly "clean" or "found" is none: limits it ran into, an old database, half a line.
 */
export function clamdScanner(at: NetConnectOpts): MalwareScanner {
  return {
    name: 'clamd',
    async scan(content, signal) {
      const socket = connect(at);
      // An answer may come, and the connection end, while content is still being sent.
      const answer = answerOf(socket);
      answer.catch(() => undefined);
      const stop = (): void => void socket.destroy(new ScannerUnavailable('clamd took too long'));
      signal.addEventListener('abort', stop, { once: true });
      try {
        signal.throwIfAborted();
        await Promise.race([sendAll(socket, content), answer]);
        return resultOf(await answer);
      } finally {
        signal.removeEventListener('abort', stop);
        socket.destroy();
      }
    },
  };
}

async function sendAll(socket: Socket, content: AsyncIterable<Buffer>): Promise<void> {
  await send(socket, Buffer.from('zINSTREAM\0'));
  for await (const chunk of content) {
    if (chunk.length === 0) continue; // It would end the stream.
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    await send(socket, Buffer.concat([length, chunk]));
  }
  await send(socket, Buffer.alloc(4));
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed) throw new ScannerUnavailable('clamd is gone');
  if (!socket.write(bytes)) await once(socket, 'drain');
}

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      if (said.length > LONGEST_ANSWER) return reject(new ScannerUnavailable('clamd says too much'));
      const end = said.indexOf(0);
      if (end >= 0) resolve(said.subarray(0, end).toString());
    });
    socket.once('error', (cause) => reject(new ScannerUnavailable('clamd does not answer', { cause })));
    socket.once('close', () => reject(new ScannerUnavailable('clamd broke off')));
  });
}

function resultOf(answer: string): ScanResult {
  if (answer === 'stream: OK') return { outcome: 'clean' };
  const finding = /^stream: (.{1,200}) FOUND$/.exec(answer)?.[1];
  if (finding !== undefined) return { outcome: 'infected', finding: finding.replace(/[^\w.:-]/g, '_').slice(0, 120) };
  throw new ScannerUnavailable(`clamd could not say: ${answer.slice(0, 100)}`);
}
