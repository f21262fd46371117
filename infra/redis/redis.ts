import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { Logger } from 'pino';
import { keptPorts } from '../processes/loopback-ports.js';
import { takeOwnership } from '../processes/owner-lock.js';
import { PartFailure } from '../processes/part-failure.js';
import { missingTools } from '../real-parts.js';
import { startPartProcess, type PartProcess } from '../processes/part-process.js';

export interface RunningRedis {
  /** On 127.0.0.1, password included; the same after a restart. */
  readonly url: string;
  readonly pid: number;
  /** Of the present process; a restart brings a new one. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** Stops it if it runs, and starts it again, empty, on the same port. */
  restart(): Promise<void>;
}

/** Starts the `redis-server` on PATH as a pure cache: nothing is written to disk. @throws PartFailure */
export const startRedis = async (options: { readonly dataDir: string; readonly logger: Logger }): Promise<RunningRedis> => {
  const dataDir = path.resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const ownership = takeOwnership(dataDir, 'Redis');
  try {
    const missing = missingTools().find(({ part }) => part === 'redis');
    if (missing !== undefined) throw new PartFailure(missing.message);
    const [port] = await keptPorts(path.join(dataDir, 'ports.json'), 1) as [number];
    const password = randomBytes(18).toString('base64url');
    const config = path.join(dataDir, 'redis.conf');
    writeFileSync(config, `bind 127.0.0.1\nport ${port}\nrequirepass ${password}\nsave ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy allkeys-lru\ndaemonize no\n`, { mode: 0o600 });
    const launch = (): Promise<PartProcess> => startPartProcess({
      name: 'redis', dataDir, logger: options.logger, command: 'redis-server', args: [config], ladder: [['SIGTERM', 5_000], ['SIGKILL', 5_000]],
      readyWithinMs: 15_000,
      isReady: () => answersPing(port, password),
    });
    let current = await launch();
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
      get pid() { return current.pid; },
      get exited() { return current.exited; },
      stop: async () => { await current.stop(); ownership.release(); },
      kill9: () => current.kill9(),
      restart: async () => { await current.stop(); current = await launch(); },
    };
  } catch (error) {
    ownership.release();
    throw error;
  }
};

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
