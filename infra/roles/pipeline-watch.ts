import type { Metrics, Reading } from '../../shared/telemetry/metrics.js';
import { behind, lookedAtSeldom, type Lag } from './log-lag.js';
import { pipelineLag, type PipelineLag, type PipelineSources } from './pipeline-lag.js';

export interface PipelineWatch {
  /** Throws naming everything that is wrong: a halted lane with its reason, a read model that is not there, who is behind and for how long. */
  check(): Promise<void>;
}

/** Readiness and metrics of the pipeline, by lag. */
export function watchPipeline(sources: PipelineSources, metrics: Metrics): PipelineWatch {
  const look = lookedAtSeldom(() => pipelineLag(sources), sources.now);
  /** Without its parts the lag is not known: no value is better than an old one. */
  const reading = (of: (lag: PipelineLag) => readonly Reading[]) => () => look().then(of, () => []);
  const relay = (name: string, help: string, of: (lag: Lag) => number): void =>
    void metrics.gauge({ name, help, read: reading((lag) => [{ value: of(lag.relay), labels: {} }]) });
  const projection = (name: string, help: string, of: (one: PipelineLag['projections'][number]) => number): void =>
    void metrics.gauge({
      name, help, labels: ['projection'], read: reading(({ projections }) => projections.map((one) => ({ value: of(one), labels: { projection: one.projection } }))),
    });
  relay('bank_relay_lag_events', 'Events of the log beyond the relay\'s checkpoint; past 1000 reckoned from positions', ({ events }) => events);
  relay('bank_relay_lag_seconds', 'Age of the oldest event beyond the relay\'s checkpoint, 0 when there is none', ({ seconds }) => seconds);
  projection('bank_projection_lag_events', 'Events of the log beyond the slowest lane\'s checkpoint; past 1000 reckoned from positions', ({ events }) => events);
  projection('bank_projection_lag_seconds', 'Age of the oldest event beyond that checkpoint, 0 when there is none', ({ seconds }) => seconds);
  projection('bank_projection_halted_lanes', 'Lanes that do not go on until the event they stand at can be read', ({ halted }) => halted.length);
  projection('bank_projection_parked_events', 'Events set aside with their streams', ({ parked }) => parked);
  projection('bank_projection_live', '1 where the read model is there to be asked', ({ live }) => (live ? 1 : 0));
  return {
    async check() {
      const faults = faultsOf(await look());
      if (faults.length > 0) throw new Error(faults.join('; '));
    },
  };
}

export function faultsOf({ relay, projections }: PipelineLag): string[] {
  return [
    ...behind('the relay', relay),
    ...projections.flatMap((one) => [
      ...one.halted.map(({ lane, reason }) => `${one.projection}: lane ${lane} has halted: ${reason}`),
      ...(one.live ? behind(one.projection, one) : [`${one.projection}: there is no read model yet`]),
    ]),
  ];
}
