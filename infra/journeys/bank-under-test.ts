import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readTls } from '../../shared/tls/tls-files.js';
import { bankClient, type BankClient } from '../demonstration/http-client.js';
import { endProcess } from '../processes/end-process.js';
import { isStillRunning } from '../processes/process-identity.js';
import { readProcessList } from '../supervisor/process-list.js';

/** The whole bank as its user runs it: the compiled program in a process of its own, on a data folder of its own. Its clock stands still unless told otherwise: tests count events. */
export interface BankUnderTest {
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  readonly client: BankClient;
  /** Kills one of its processes with SIGKILL; false when it is not running just now. */
  kill(name: string): boolean;
  /** Kills everything at once, the supervisor first, and waits until all of it is gone. */
  killAll(): Promise<void>;
  /** As Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export const program = path.resolve('dist/main.js');
const OPEN = /API\s+(https?:\S+)\/v1/;
const START_DEADLINE_MS = 120_000;
export const TEST_TOKEN = 'test-bootstrap-token-0001';

export async function startBankUnderTest(options: { readonly real?: boolean; readonly tls?: boolean; readonly dataDir: string; readonly environment?: Readonly<Record<string, string>> }): Promise<BankUnderTest> {
  const { dataDir, real = false, tls = false } = options;
  const child = spawn(process.execPath, [program, 'all', '--no-demo', ...(real ? ['--real'] : []), ...(tls ? ['--tls'] : [])], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', PASSBOOK_DATA_DIR: dataDir, PASSBOOK_HTTP_PORT: '0', PASSBOOK_BOOTSTRAP_TOKEN: TEST_TOKEN, PASSBOOK_CLOCK_TICK_SECONDS: '0', ...options.environment },
    // The channel: a test that is killed takes its bank along.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const url = await opened(child);
  return {
    url,
    token: TEST_TOKEN,
    dataDir,
    client: bankClient(url, TEST_TOKEN, tls ? readTls({ caFile: path.join(dataDir, 'tls', 'ca.crt'), certFile: path.join(dataDir, 'tls', 'tools.crt'), keyFile: path.join(dataDir, 'tls', 'tools.key') }) : undefined),
    kill(name) {
      const one = readProcessList(dataDir)[name];
      if (!one || !isStillRunning(one)) return false;
      process.kill(one.pid, 'SIGKILL');
      return true;
    },
    async killAll() {
      const { supervisor, ...others } = readProcessList(dataDir);
      for (const one of [supervisor, ...Object.values(others)]) if (one && isStillRunning(one)) process.kill(one.pid, 'SIGKILL');
      for (const one of [supervisor, ...Object.values(others)]) if (one) await endProcess(one.pid, [['SIGKILL', 10_000]]);
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

/** Any request with the bank's token; the answer as it comes. */
export const send = ({ url, token }: BankUnderTest, method: string, path: string, body: object, headers: Record<string, string>): Promise<Response> =>
  fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/** Runs a command of the program on the bank's data folder; its exit code and what it printed. Objects among the words are environment. */
export async function runTool(bank: Pick<BankUnderTest, 'dataDir'>, ...words: (string | Record<string, string>)[]): Promise<{ code: number | null; out: string; err: string }> {
  const args = words.filter((word) => typeof word === 'string');
  const variables = Object.assign({}, ...words.filter((word) => typeof word === 'object')) as Record<string, string>;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', PASSBOOK_DATA_DIR: bank.dataDir, PASSBOOK_BOOTSTRAP_TOKEN: TEST_TOKEN, ...variables },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** A data folder for one test, removed at its end. */
export function dataFolder(t: { teardown(work: () => void): void }): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-journey-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'bank');
}

/** The end of every log, for the message of a test that failed. */
export function logTails(dataDir: string): string {
  return ['api', 'pipeline', 'evaluation', 'event-store']
    .map((role) => {
      try {
        return `--- ${role}\n${readFileSync(path.join(dataDir, 'logs', `${role}.log`), 'utf8').split('\n').slice(-15).join('\n')}`;
      } catch {
        return `--- ${role}: no log`;
      }
    })
    .join('\n');
}

function opened(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string) => reject(new Error(`the bank did not open: ${why}\n${said}`));
    const deadline = setTimeout(() => (child.kill('SIGTERM'), fail('not within its deadline')), START_DEADLINE_MS);
    const hear = (text: string): void => {
      said += text;
      const url = OPEN.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(deadline);
      resolve(url);
    };
    child.stdout!.setEncoding('utf8').on('data', hear);
    child.stderr!.setEncoding('utf8').on('data', hear);
    child.once('exit', (code) => (clearTimeout(deadline), fail(`exit code ${code}`)));
  });
}
