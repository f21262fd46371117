import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { keptPorts } from '../processes/loopback-ports.js';
import { startPart, type PartOptions, type RunningPart } from '../processes/running-part.js';
import { demandTools } from '../real-parts.js';

/** `url` is on 127.0.0.1, password included; the same after a restart, which leaves it empty. */
export type RunningRedis = RunningPart & { readonly url: string };

/** Starts the `redis-server` on PATH as a pure cache: nothing is written to disk. @throws PartFailure */
export const startRedis = (options: PartOptions): Promise<RunningRedis> => startPart('Redis', options, async (dataDir) => {
  demandTools('redis');
  const [port] = await keptPorts(path.join(dataDir, 'ports.json'), 1) as [number];
  const password = randomBytes(18).toString('base64url');
  const config = path.join(dataDir, 'redis.conf');
  writeFileSync(config, settings(port, password), { mode: 0o600 });
  return {
    address: { url: `redis://:${password}@127.0.0.1:${port}` },
    command: 'redis-server',
    args: [config],
    ladder: [['SIGTERM', 5_000], ['SIGKILL', 5_000]],
    readyWithinMs: 15_000,
    isReady: () => answersPing(port, password),
  };
});

const settings = (port: number, password: string): string => [
  'bind 127.0.0.1', `port ${port}`, `requirepass ${password}`, 'save ""', 'appendonly no', 'maxmemory 256mb', 'maxmemory-policy allkeys-lru', 'daemonize no', '',
].join('\n');

const answersPing = (port: number, password: string): Promise<boolean> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => { socket.write(`AUTH ${password}\r\nPING\r\n`); });
    const finish = (isReady: boolean): void => { socket.destroy(); resolve(isReady); };
    socket.setTimeout(500, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('end', () => finish(false));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('+PONG')) finish(true);
      else if (answer.includes('-')) finish(false);
    });
  });
