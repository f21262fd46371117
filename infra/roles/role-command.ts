import { Argument, Command } from 'commander';
import { loadConfig } from '../../shared/config/config.js';
import { hostRole, type RunningRole } from '../../shared/lifecycle/role.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { openTraces } from '../../shared/telemetry/traces.js';
import { Parts } from './parts.js';

/** Each process loads what its role needs. */
const ROLES: Readonly<Record<string, (parts: Parts) => Promise<RunningRole>>> = {
  api: async (parts) => (await import('./api-role.js')).apiRole(parts),
  pipeline: async (parts) => (await import('./pipeline-role.js')).pipelineRole(parts),
  evaluation: async (parts) => (await import('./evaluation-role.js')).evaluationRole(parts),
  'event-store': async (parts) => (await import('./event-store-role.js')).eventStoreRole(parts),
};

export const ROLE_NAMES: readonly string[] = Object.keys(ROLES);

export function roleCommand(): Command {
  return new Command('role')
    .description('run one role of a bank in this process, on parts given by configuration')
    .addArgument(new Argument('<name>', 'api: HTTP and the ledger; pipeline: relay and projectors; evaluation: risk rules and segments; event-store: the embedded one').choices(ROLE_NAMES))
    .action(async (name: string) => {
      const config = loadConfig(process.env);
      const logger = createLogger(config, name);
      const traces = await openTraces(config, name);
      const parts = new Parts(config, logger, createMetrics({ processMetrics: true, role: name }), traces);
      if (traces) parts.keep(traces, (one) => one.close());
      await hostRole(name, logger, async () => {
        const role = await ROLES[name]!(parts);
        return {
          ...role,
          stop: async () => {
            await role.stop();
            await parts.close();
          },
        };
      });
    });
}
