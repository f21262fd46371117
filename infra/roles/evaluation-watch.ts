import { processedUpTo } from '../../services/evaluation/processor/checkpoint.js';
import { evaluationSchema } from '../../services/evaluation/subject-tables.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { behind, lagsBehind, lookedAtSeldom, type Lag } from './log-lag.js';

/** What is evaluated over the stream. */
export const EVALUATIONS = ['marketing', 'risk'] as const;
export type EvaluationName = (typeof EVALUATIONS)[number];

export interface EvaluationWatch {
  /** Throws naming what is too far behind the log. */
  check(): Promise<void>;
}

/** How late alerts and memberships are, as the log and the checkpoints tell: whoever is alive shows it. The bank is open all the same; it is the evaluation's readiness. */
export function watchEvaluations({ eventStore, readPool, now }: { readonly eventStore: EventStore; readonly readPool: Pool; readonly now: () => number }, metrics: Metrics): EvaluationWatch {
  const look = lookedAtSeldom(async () => {
    const reached = await Promise.all(EVALUATIONS.map((name) => processedUpTo(readPool, evaluationSchema(name))));
    const lagOf = await lagsBehind(eventStore, now);
    return Promise.all(EVALUATIONS.map(async (name, index) => ({ name, lag: await lagOf(reached[index]!) })));
  }, now);
  const gauge = (name: string, help: string, of: (lag: Lag) => number): void =>
    void metrics.gauge({ name, help, labels: ['evaluation'], read: () => look().then((all) => all.map(({ name: evaluation, lag }) => ({ value: of(lag), labels: { evaluation } })), () => []) });
  gauge('bank_evaluation_lag_events', 'Events of the log beyond the evaluation\'s checkpoint; past 1000 reckoned from positions', ({ events }) => events);
  gauge('bank_evaluation_lag_seconds', 'Age of the oldest event beyond that checkpoint, 0 when there is none', ({ seconds }) => seconds);
  return {
    async check() {
      const late = (await look()).flatMap(({ name, lag }) => behind(name, lag));
      if (late.length > 0) throw new Error(late.join('; '));
    },
  };
}
