import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkoutRoot } from '../checkout.js';
import { createPool } from '../../shared/read-store/pool.js';

/** What a consumer keeps: minor units by account, and the log position that all its partitions have reached. */
export interface Kept {
  readonly balances: ReadonlyMap<string, bigint>;
  readonly partitions: number;
  readonly position: bigint;
}

/** One of the examples as its user runs it: a process of its own with tables of its own. */
export interface ExampleConsumer {
  readonly name: string;
  start(): void;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** Asks it to stop; its exit code. */
  stop(): Promise<number | null>;
  /** Its exit code, once it has ended by itself. */
  ended(): Promise<number | null>;
  said(): string;
  kept(): Promise<Kept>;
}

interface Where {
  readonly brokers: string;
  readonly bank: string;
  readonly topic?: string;
}

/** `folder` holds the compiled program. */
export function typescriptConsumer(name: string, { brokers, bank, topic }: Where, database: string, folder = compiled): ExampleConsumer {
  const args = [path.join(folder, 'consumer.js'), '--brokers', brokers, '--bank', bank, '--database', database, '--group', `example-${new URL(database).pathname.slice(1)}`, ...(topic === undefined ? [] : ['--topic', topic])];
  return consumer(name, process.execPath, args, async () => {
    const pool = createPool(database, { applicationName: 'test', max: 1 });
    try {
      const { rows: balances } = await pool.query<{ account: string; minor: string }>('SELECT account, minor FROM balance');
      const { rows: [lanes] } = await pool.query<{ position: string | null; partitions: number }>('SELECT min(position) AS position, count(*)::int AS partitions FROM lane');
      return keptOf(balances.map(({ account, minor }) => [account, minor]), lanes!.position ?? '-1', lanes!.partitions);
    } finally {
      await pool.end();
    }
  });
}

const DUMP = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(json.dumps([db.execute("SELECT account, CAST(minor AS TEXT) FROM balance").fetchall(), *db.execute("SELECT CAST(coalesce(min(position), -1) AS TEXT), count(*) FROM lane").fetchone()]))`;

export function pythonConsumer(name: string, python: string, { brokers, bank, topic }: Where, database: string, folder = path.join(checkoutRoot, 'examples', 'consumer-python')): ExampleConsumer {
  const args = ['-B', path.join(folder, 'consumer.py'), '--brokers', brokers, '--bank', bank, '--database', database, ...(topic === undefined ? [] : ['--topic', topic])];
  return consumer(name, python, args, async () => {
    const { stdout } = await promisify(execFile)(python, ['-c', DUMP, database], { maxBuffer: 1 << 26 });
    const [balances, position, partitions] = JSON.parse(stdout) as [[string, string][], string, number];
    return keptOf(balances, position, partitions);
  });
}

const compiled = path.join(checkoutRoot, 'dist', 'examples', 'consumer-typescript');

/** A copy of a program in which one condition never holds: a control must show that it matters. */
export function without(condition: string, file: string, from: string, to: string): string {
  cpSync(from, to, { recursive: true });
  const text = readFileSync(path.join(to, file), 'utf8');
  if (text.split(condition).length !== 2) throw new Error(`${file} does not hold "${condition}" once`);
  writeFileSync(path.join(to, file), text.replace(condition, file.endsWith('.py') ? 'False' : 'false'));
  return to;
}

export const typescriptFolder = compiled;
export const pythonFolder = path.join(checkoutRoot, 'examples', 'consumer-python');

const keptOf = (balances: readonly (readonly [string, string])[], position: string, partitions: number): Kept =>
  ({ balances: new Map(balances.map(([account, minor]) => [account, BigInt(minor)])), position: BigInt(position), partitions });

function consumer(name: string, command: string, args: readonly string[], kept: () => Promise<Kept>): ExampleConsumer {
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  let said = '';
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child?.kill(signal);
    return ended;
  };
  return {
    name, kept,
    start() {
      const started = spawn(command, [...args], { env: { PATH: process.env['PATH'], LANG: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      ended = new Promise((resolve) => started.once('close', resolve));
      child = started;
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    ended: () => ended,
    said: () => said,
  };
}
