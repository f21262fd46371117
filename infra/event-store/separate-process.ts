/** The event store in a process of its own, for tests and measurements that kill it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface SeparateEventStore {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Kills it and starts another on the same port. */
  restart(): Promise<void>;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./process.js', import.meta.url));

const start = async (postgresUrl: string, port: number): Promise<{ child: ChildProcess; url: string; port: number }> => {
  const child = fork(PROGRAM, {
    env: { ...process.env, EVENT_STORE_POSTGRES_URL: postgresUrl, EVENT_STORE_PORT: String(port), EVENT_STORE_LOG_LEVEL: process.env['EVENT_STORE_LOG_LEVEL'] ?? 'error' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = new Promise<{ url: string; port: number }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { url: string; port: number }));
    child.once('exit', (code, signal) => reject(new Error(`the event store ended before it was ready (${code ?? signal})`)));
  });
  return { child, ...(await ready) };
};

const end = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

export const startSeparateEventStore = async (postgresUrl: string, port = 0): Promise<SeparateEventStore> => {
  let running = await start(postgresUrl, port);
  const { url, port: bound } = running;
  return {
    url,
    port: bound,
    get pid() {
      return running.child.pid as number;
    },
    kill: () => end(running.child, 'SIGKILL'),
    restart: async () => {
      await end(running.child, 'SIGKILL');
      running = await start(postgresUrl, bound);
    },
    stop: () => end(running.child, 'SIGTERM'),
  };
};
