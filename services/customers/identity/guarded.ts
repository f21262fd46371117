import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy, wrap, type IDefaultPolicyContext } from 'cockatiel';
import type { Logger } from 'pino';
import { Refusal } from '../../../shared/http/context.js';
import type { Metrics } from '../../../shared/telemetry/metrics.js';
import type { CustomerCode } from '../rejections.js';

export interface GuardOptions {
  /** As it stands in metrics and logs. */
  readonly provider: string;
  /** What is answered while it is away. */
  readonly code: Extract<CustomerCode, 'identity_registry_unavailable' | 'face_match_unavailable'>;
  readonly timeoutMs: number;
  /** After five failures in a row it is left alone for so long. */
  readonly pauseMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const FAILURES = 5;

/**
 * Asks somebody outside the bank, with an end: once, because the teller sees that it failed and asks again; and not at all for a while after it failed
 * several times in a row. Whatever it throws is answered as 503 with its code and counted.
 */
export function guarded({ provider, code, timeoutMs, pauseMs, logger, metrics }: GuardOptions): <T extends { readonly outcome: string }>(ask: (signal: AbortSignal) => Promise<T>) => Promise<T> {
  const answers = metrics.counter({ name: 'bank_identity_checks_total', help: 'What providers of identity checks said, by provider; unavailable: nothing', labels: ['provider', 'outcome'] });
  const policy = wrap(
    circuitBreaker(handleAll, { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(FAILURES) }),
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
  );
  return async (ask) => {
    try {
      const answer = await policy.execute(({ signal }: IDefaultPolicyContext) => ask(signal));
      answers.add(1, { provider, outcome: answer.outcome });
      return answer;
    } catch (error) {
      answers.add(1, { provider, outcome: 'unavailable' });
      const leftAlone = error instanceof BrokenCircuitError;
      if (!leftAlone) logger.warn({ err: error, provider }, 'a provider of identity checks did not answer');
      throw new Refusal({ code, detail: `${provider} does not answer` }, leftAlone ? Math.ceil(pauseMs / 1_000) : 2);
    }
  };
}
