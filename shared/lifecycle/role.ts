import type { Logger } from 'pino';

/** A running role: `stop` finishes what is in hand and lets go of everything. */
export interface RunningRole {
  stop(): Promise<void>;
  /** Told to the supervisor with the readiness message, e.g. the port it listens on. */
  readonly info?: Readonly<Record<string, string | number>>;
}

/** What a role's process tells its supervisor over the IPC channel. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly info: Readonly<Record<string, string | number>>;
}

const STOP_DEADLINE_MS = 20_000;

/**
 * Runs a role until it is told to stop: SIGTERM, SIGINT, or the supervisor's end (the IPC channel closes, also when it was killed).
 * A failure nobody handled ends the process: the log is the truth, and a restart is safer than going on in an unknown state.
 */
export async function hostRole(name: string, logger: Logger, start: () => Promise<RunningRole>): Promise<void> {
  process.on('uncaughtException', (error) => die(logger, name, error));
  process.on('unhandledRejection', (error) => die(logger, name, error));
  const told = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    if (process.send) process.once('disconnect', () => resolve('supervisor gone'));
  });
  let role: RunningRole;
  try {
    role = await start();
  } catch (error) {
    logger.fatal({ err: error, role: name }, 'the role did not start');
    process.exit(1);
  }
  logger.info({ role: name, ...role.info }, 'ready');
  const message: ReadyMessage = { kind: 'ready', info: role.info ?? {} };
  process.send?.(message);
  const reason = await told;
  logger.info({ role: name, reason }, 'stopping');
  const deadline = setTimeout(() => {
    logger.error({ role: name, deadlineMs: STOP_DEADLINE_MS }, 'did not stop in time');
    process.exit(1);
  }, STOP_DEADLINE_MS);
  await role.stop();
  clearTimeout(deadline);
  logger.info({ role: name }, 'stopped');
  process.exit(0);
}

function die(logger: Logger, role: string, error: unknown): never {
  logger.fatal({ err: error, role }, 'a failure nobody handled');
  process.exit(1);
}
