import { createCodec } from '../../shared/events/codec.js';
import type { RunningRole } from '../../shared/lifecycle/role.js';
import { evaluationsWork, startEvaluations, stopEvaluations } from './evaluations.js';
import type { Parts } from './parts.js';
import { watchEvaluations } from './evaluation-watch.js';

/** Risk rules and segments over the stream, in a process of their own: what they cost, no query waits for. */
export async function evaluationRole(parts: Parts): Promise<RunningRole> {
  const { config: { timeZone }, logger, metrics } = parts;
  const eventStore = parts.eventStore();
  const vault = await parts.vault();
  const opsPool = await parts.pool('ops', { applicationName: 'passbook-evaluation', max: 4 });
  const readPool = await parts.pool('read', { applicationName: 'passbook-evaluation', max: 6 });
  const { bus, check } = await parts.filledBus(eventStore);
  const evaluations = startEvaluations({ eventStore, bus, codec: createCodec(vault), vault, opsPool, readPool, timeZone, logger, metrics });
  const watch = watchEvaluations({ eventStore, readPool, now: Date.now }, metrics);
  const statusPort = await parts.serveStatus({
    'event-store': () => eventStore.ping(),
    log: async () => check(),
    evaluations: async () => evaluationsWork(evaluations),
    lag: () => watch.check(),
  });
  return { info: { statusPort }, stop: () => stopEvaluations(evaluations) };
}
