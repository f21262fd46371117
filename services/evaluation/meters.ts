import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { EvaluatorState } from './evaluator.js';

/** What one evaluation counts. */
export interface EvaluationMeters {
  taken(events: number): void;
  /** A step is durable. */
  committed(outputs: number, state: EvaluatorState): void;
  unreadable(): void;
}

/** Of every evaluation of the process, told apart by name. */
export function evaluationMeters(metrics: Metrics | undefined): (evaluation: string) => EvaluationMeters {
  const events = metrics?.counter({ name: 'bank_evaluation_events_total', help: 'Events evaluated', labels: ['evaluation'] });
  const outputs = metrics?.counter({ name: 'bank_evaluation_outputs_total', help: 'What came of them: alerts, changes of membership, where everybody stands once a segment is published; those that came again after a crash included', labels: ['evaluation'] });
  const unreadable = metrics?.counter({ name: 'bank_evaluation_unreadable_events_total', help: 'Events that could not be read and were left out', labels: ['evaluation'] });
  const position = metrics?.gauge({ name: 'bank_evaluation_position', help: 'Place in the log of the last event evaluated', labels: ['evaluation'] });
  const clock = metrics?.gauge({ name: 'bank_evaluation_clock_seconds', help: 'The evaluator\'s clock, seconds since 1970', labels: ['evaluation'] });
  return (evaluation) => ({
    taken: (count) => events?.add(count, { evaluation }),
    committed(count, state) {
      if (count > 0) outputs?.add(count, { evaluation });
      position?.set(Number(state.position), { evaluation });
      clock?.set(state.clock / 1_000, { evaluation });
    },
    unreadable: () => unreadable?.add(1, { evaluation }),
  });
}
