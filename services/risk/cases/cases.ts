import { SubjectErased } from '../../../shared/crypto/vault.js';
import type { Recorded } from '../../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { systemContext } from '../../../shared/http/system-context.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import type { Executed, HistoryPage, Loaded, Records } from '../../../shared/records/record.js';
import type { Alert, WorkCase } from './commands.js';
import { decideCase } from './decider.js';
import { caseIdOf, caseRecord, type CaseState, type KnownCase } from './state.js';

/** The id of the alert that a rule's version raises about a customer for one cause: the same find is the same alert, however often it is found. */
export const alertIdOf = (cause: string, ruleId: string, ruleVersion: number, customerId: string): string => commandIdOf('risk', `${ruleId} ${ruleVersion} ${customerId}`, cause);

/** Who finds alerts and wakes cases. */
export const EVALUATOR = 'risk';

/**
 * Opens the customer's case of this kind, or folds into the open one. The command's id is the alert's: what is raised again is answered as it was and stores nothing.
 * Undefined: the customer has been erased, and nothing is written about them any more. Throws StoreFailure for outages.
 */
export async function executeAlert(records: Records, alert: Alert, now: () => Date): Promise<Executed | undefined> {
  const caseId = caseIdOf(alert.customerId, alert.kind);
  const context: CommandContext = { ...systemContext(EVALUATOR, now(), alert.alertId), repeatable: true, correlationId: alert.cause };
  try {
    return await records.execute(caseRecord, caseId, context, ({ state, revision }) => decideCase(state, revision, { kind: 'raise-alert', caseId, alert }));
  } catch (error) {
    if (error instanceof SubjectErased) return undefined;
    throw error;
  }
}

export interface Cases {
  load(id: string): Promise<Loaded<KnownCase> | undefined>;
  work(id: string, command: WorkCase, context: CommandContext): Promise<Executed>;
  /** Nothing where it is not due. */
  endSnooze(id: string): Promise<void>;
  history(id: string, page: HistoryPage): Promise<Recorded<RiskCaseEvent>[] | undefined>;
}

export function createCases({ records, now }: { readonly records: Records; readonly now: () => Date }): Cases {
  return {
    async load(id) {
      const loaded = await records.load(caseRecord, id);
      return loaded && isKnown(loaded) ? loaded : undefined;
    },
    async work(id, command, context) {
      const attempt = (one: WorkCase): Promise<Executed> => records.execute(caseRecord, id, context, ({ state, revision }) => decideCase(state, revision, one));
      try {
        return await attempt(command);
      } catch (error) {
        if (!(error instanceof SubjectErased)) throw error;
        if (command.kind !== 'close') throw new Refusal({ code: 'case_customer_erased' });
        const { reason: _, ...withoutReason } = command;
        return attempt(withoutReason);
      }
    },
    async endSnooze(id) {
      const at = now();
      await records.execute(caseRecord, id, systemContext(EVALUATOR, at), ({ state, revision }) => decideCase(state, revision, { kind: 'end-snooze', at }));
    },
    history: (id, page) => records.history(caseRecord, id, page),
  };
}

const isKnown = (loaded: Loaded<CaseState>): loaded is Loaded<KnownCase> => loaded.state.status !== 'absent';
