import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ReadyMessage } from '../../shared/lifecycle/role.js';
import { endProcess } from '../processes/end-process.js';
import { PartFailure } from '../processes/part-failure.js';

export interface ChildRoleOptions {
  readonly name: string;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logDir: string;
  readonly logger: Logger;
  readonly onEnded: (name: string, why: string) => void;
  /** Told of every start, the first included, and when the role is ready. */
  readonly onChanged: () => void;
}

const STOP_LADDER = [['SIGTERM', 25_000], ['SIGKILL', 5_000]] as const;
const LONGEST_PAUSE_MS = 5_000;
const LOG_ROTATE_BYTES = 64 * 1024 * 1024;

/**
 * One role in a process of its own, started again whenever it ends unasked: a crash is answered by a restart, because everything a role
 * holds is in the log or is rebuilt from it. `start` waits for the first readiness; a role that never gets ready is a clear failure.
 */
export class ChildRole {
  private child: ChildProcess | undefined;
  private info: ReadyMessage['info'] | undefined;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ChildRoleOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Where the role says whether it works, once it is ready. */
  get statusPort(): number | undefined {
    const port = this.info?.['statusPort'];
    return typeof port === 'number' ? port : undefined;
  }

  async start(): Promise<ReadyMessage['info']> {
    const first = await this.launch();
    if ('why' in first) throw new PartFailure(`the ${this.options.name} role did not start: ${first.why}\n  its log: ${this.logFile}`);
    this.running = this.keepAlive(first.ended);
    return first.info;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child?.pid !== undefined && this.child.exitCode === null) await endProcess(this.child.pid, STOP_LADDER);
    await this.running;
  }

  private async keepAlive(firstEnd: Promise<string>): Promise<void> {
    let ended = firstEnd;
    let pauseMs = 100;
    for (;;) {
      const why = await ended;
      if (this.stopping) return;
      this.options.logger.warn({ role: this.options.name, why }, 'a role ended unasked; starting it again');
      this.options.onEnded(this.options.name, why);
      await pause(pauseMs);
      if (this.stopping) return;
      const started = Date.now();
      const next = await this.launch();
      ended = 'why' in next ? Promise.resolve(next.why) : next.ended;
      pauseMs = 'info' in next && Date.now() - started < 60_000 ? 100 : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  private async launch(): Promise<{ info: ReadyMessage['info']; ended: Promise<string> } | { why: string }> {
    const { name, program, environment, logDir } = this.options;
    mkdirSync(logDir, { recursive: true, mode: 0o700 });
    if (existsSync(this.logFile) && statSync(this.logFile).size > LOG_ROTATE_BYTES) renameSync(this.logFile, `${this.logFile}.1`);
    const log = openSync(this.logFile, 'a', 0o600);
    // Its own process group: Ctrl-C reaches the supervisor alone, which stops the roles in order.
    const child = fork(program, ['role', name], {
      env: { ...process.env, ...environment }, stdio: ['ignore', log, log, 'ipc'], detached: true, execArgv: ['--enable-source-maps'],
    });
    closeSync(log);
    this.child = child;
    this.info = undefined;
    this.options.onChanged();
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}${this.lastWords()}`));
      child.once('error', (error) => resolve(error.message));
    });
    const ready = new Promise<ReadyMessage['info']>((resolve) => {
      child.on('message', (message: ReadyMessage) => {
        if (message.kind === 'ready') resolve(message.info);
      });
    });
    const outcome = await Promise.race([ready.then((info) => ({ info })), ended.then((why) => ({ why }))]);
    if ('why' in outcome) return outcome;
    this.info = outcome.info;
    this.options.onChanged();
    return { info: outcome.info, ended };
  }

  private get logFile(): string {
    return path.join(this.options.logDir, `${this.options.name}.log`);
  }

  /** The message of the last fatal line, for the person at the terminal. */
  private lastWords(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-20).reverse();
    for (const line of lines) {
      try {
        const record = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
        if ((record.level ?? 0) >= 60) return `: ${record.err?.message ?? record.msg ?? ''}`;
      } catch {
        if (/Error:/.test(line)) return `: ${line.trim()}`;
      }
    }
    return '';
  }
}
