import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Counts } from '../cache/counts.js';
import type { Metrics } from '../telemetry/metrics.js';

/** Who is looked at: a principal where it is known who asks, else the address. */
export type Subject = 'source' | 'principal';

/** credentials: of an address that nobody could be authenticated from; refusals: of what one may not; probing: of many different ids. */
export type Abnormal = 'credentials' | 'refusals' | 'probing';

export interface BehaviourOptions {
  /** So many refusals within ten minutes. Of different ids a fifth of it. */
  readonly blockAfter: number;
  /** Of all processes together. */
  readonly shared: Counts;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Keys the hashes by which a log line names an address, and the shared counts whom they count. */
  readonly secret: Buffer;
  readonly elapsed?: () => number;
}

export interface Behaviour {
  /** What became of a request that was refused. */
  refused(subject: Subject, name: string, status: number, id?: string): Promise<void>;
  /** 0: not blocked. */
  blockedForMs(subject: Subject, name: string): number;
}

const WINDOW_MS = 10 * 60_000;
export const BLOCKED_MS = 15 * 60_000;
const MOST_SUBJECTS = 50_000;

/**
 * Notices who is refused again and again, tells of it (metric and log line) and blocks them for a quarter of an hour. Refusals are counted over all processes;
 * each process blocks for itself, so that no request waits for a question: what one has blocked, another blocks at the next refusal of its own.
 */
export function watchBehaviour({ blockAfter, shared, logger, metrics, secret, elapsed = () => performance.now() }: BehaviourOptions): Behaviour {
  const blocked = new LRUCache<string, number>({ max: MOST_SUBJECTS });
  const noticed = metrics.counter({ name: 'bank_abnormal_behaviour_total', help: 'Sources and principals that were blocked for abnormal behaviour', labels: ['subject', 'kind'] });
  const mostIds = Math.max(1, Math.floor(blockAfter / 5));

  const hashOf = (...named: readonly string[]): string => createHmac('sha256', secret).update(JSON.stringify(named)).digest('base64url');
  const count = async (kind: Abnormal, ...of: readonly string[]): Promise<number> => (await shared.add(`${kind}:${hashOf(kind, ...of)}`, WINDOW_MS)).count;

  async function distinctIds(name: string, id: string): Promise<number> {
    return (await count('probing', 'principal', name, id)) === 1 ? count('probing', 'principal', name) : 0;
  }

  function block(kind: Abnormal, subject: Subject, name: string): void {
    if (blockedForMs(subject, name) > 0) return;
    blocked.set(`${subject} ${name}`, elapsed() + BLOCKED_MS);
    noticed.add(1, { subject, kind });
    const who = subject === 'principal' ? name : createHmac('sha256', secret).update(name).digest('base64url').slice(0, 16);
    logger.warn({ subject, who, kind, blockedMs: BLOCKED_MS }, 'abnormal behaviour: blocked for a while');
  }

  function blockedForMs(subject: Subject, name: string): number {
    const until = blocked.get(`${subject} ${name}`);
    return until === undefined ? 0 : Math.max(0, until - elapsed());
  }

  return {
    blockedForMs,
    async refused(subject, name, status, id) {
      if (status === 429) return;
      if (subject === 'source') {
        if (status === 401 && (await count('credentials', subject, name)) >= blockAfter) block('credentials', subject, name);
        return;
      }
      if (status !== 403 && status !== 404) return;
      if (id !== undefined && (await distinctIds(name, id)) >= mostIds) block('probing', subject, name);
      if (status === 403 && (await count('refusals', subject, name)) >= blockAfter) block('refusals', subject, name);
    },
  };
}
