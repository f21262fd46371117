import type { Logger } from 'pino';
import { LogSession } from './log-session.js';

/** The right to write the log, kept: when the session that gives it is lost, it is taken again as soon as Postgres and any other server let us. */
export class Pen {
  private session: LogSession | undefined;
  private laidDown = false;

  constructor(
    private readonly url: string, private readonly logger: Logger,
    private readonly events: { readonly taken: (lastPosition: number) => void; readonly lost: () => void },
  ) {}

  /** Undefined while it is lost. */
  get held(): LogSession | undefined {
    return this.session;
  }

  /** Throws LogIsTaken where another server still writes this log after `patienceMs`. */
  async take(patienceMs: number): Promise<void> {
    const session = await LogSession.open(this.url, this.logger, patienceMs);
    try {
      const lastPosition = await session.lastPosition();
      if (this.laidDown) return await session.close();
      this.events.taken(lastPosition);
    } catch (error) {
      await session.close();
      throw error;
    }
    this.session = session;
    void session.ended.then(() => this.drop(session));
  }

  /** Lets go of a session that has failed, and takes the pen again. */
  async drop(session: LogSession): Promise<void> {
    if (this.session !== session) return;
    this.session = undefined;
    this.events.lost();
    await session.close();
    void this.takeAgain();
  }

  async layDown(): Promise<void> {
    this.laidDown = true;
    const { session } = this;
    this.session = undefined;
    this.events.lost();
    await session?.close();
  }

  private async takeAgain(): Promise<void> {
    for (let waitMs = 100; !this.laidDown; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        await this.take(0);
        if (!this.laidDown) this.logger.info('the log is available again');
        return;
      } catch (error) {
        this.logger.warn({ err: error, retryInMs: waitMs }, 'the log is still not available');
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }
}
