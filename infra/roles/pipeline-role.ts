import { startProjector, type Projector } from '../../projections/projector/projector.js';
import { startClock } from '../../services/clock/clock.js';
import { headsFolder } from '../../services/notary/heads-folder.js';
import { startNotary } from '../../services/notary/notary.js';
import { openSigningKey } from '../../services/notary/signing-key.js';
import { startRelay, type Relay } from '../../services/relay/relay.js';
import { createCodec } from '../../shared/events/codec.js';
import { checkSealed } from '../../shared/events/boundary.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import { allEvents, allTopics, topicOf as topicOfModule } from '../../shared/events/registry.js';
import { UNKNOWN_TOPIC } from '../../shared/event-bus/from-log.js';
import type { RunningRole } from '../../shared/lifecycle/role.js';
import { staleViews } from './cached-views.js';
import { topicOf, type Parts } from './parts.js';
import { bankProjections } from './projections.js';
import { watchPipeline } from './pipeline-watch.js';

/** Relay, projectors, notary and the bank's clock in one process: on the in-process bus they must be, on Kafka they may be. */
export async function pipelineRole(parts: Parts): Promise<RunningRole> {
  const { config, logger, metrics, traces } = parts;
  const eventStore = parts.eventStore();
  const vault = await parts.vault();
  const opsPool = await parts.pool('ops', { applicationName: 'passbook-relay', max: 6 });
  const readPool = await parts.pool('read', { applicationName: 'passbook-projector', max: 16 });
  const bus = parts.bus(eventStore);
  const codec = createCodec(vault);
  const projections = bankProjections(vault);
  const projector = await startProjector({
    projections, bus, eventStore, topicOf, readPool, staleViews: staleViews(parts), logger, metrics,
    checkSealed: (event) => checkSealed(event.type, Number((event.metadata as Partial<EventMetadata>).schemaVersion), event.data, event.metadata).join('; ') || undefined,
    codec, ...(traces && { traces }),
    typesOf: (topic) => allEvents.filter(({ module }) => topicOfModule(module) === topic).map(({ type }) => type),
  });
  const relay = await startRelay({ eventStore, bus, opsPool, topics: [...allTopics, UNKNOWN_TOPIC], topicOf, logger, metrics, ...(traces && { traces }) });
  const notary = await startNotary({
    eventStore, opsPool, logger, metrics,
    heads: headsFolder(config.notaryHeadsDir), key: await openSigningKey(config.notaryKeyFile), origin: config.notaryOrigin,
    timings: { signEveryMs: config.notarySignSeconds * 1_000 },
  });
  const clock = startClock({ eventStore, opsPool, codec, tickSeconds: config.clockTickSeconds, now: () => new Date(), logger, metrics });
  const pipeline = watchPipeline({ eventStore, readPool, opsPool, projections: projections.map(({ name }) => name), now: Date.now }, metrics);
  const statusPort = await parts.serveStatus({
    'event-store': () => eventStore.ping(),
    relay: async () => relayWorks(relay),
    projector: async () => projectorWorks(projector),
    notary: async () => notary.check(),
    clock: async () => clock.check(),
    pipeline: () => pipeline.check(),
  });
  return {
    info: { statusPort },
    async stop() {
      await clock.stop();
      await notary.stop();
      await relay.stop();
      await projector.stop();
    },
  };
}

/** One in standby works: another is active. */
function relayWorks(relay: Relay): void {
  const { state, failure } = relay.status();
  if (state === 'halted' || failure !== undefined) throw new Error(failure ?? state);
}

/** Why a build cannot be finished is known here alone; what has halted or is late, everybody sees. */
function projectorWorks(projector: Projector): void {
  const failures = projector.status().flatMap(({ projection, failure }) => (failure === undefined ? [] : [`${projection}: ${failure}`]));
  if (failures.length > 0) throw new Error(failures.join('; '));
}
