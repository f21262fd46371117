import type { CommandContext } from '../../shared/http/context.js';
import type { Executed, Records } from '../../shared/records/record.js';
import { decideAlerting, type AlertingCommand } from './decider.js';
import { alertingRecord, type AlertingState } from './state.js';

const THE_BANKS = 'bank';

export interface Alerting {
  /** From the log itself, which is short: what was answered a moment ago is in force. */
  current(): Promise<AlertingState>;
  execute(command: AlertingCommand, context: CommandContext): Promise<Executed>;
}

export function createAlerting(records: Records): Alerting {
  return {
    current: async () => (await records.load(alertingRecord, THE_BANKS))?.state ?? alertingRecord.initial,
    execute: (command, context) => records.execute(alertingRecord, THE_BANKS, context, ({ state }) => decideAlerting(state, command)),
  };
}
