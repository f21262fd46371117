import type { CommandContext } from '../../shared/http/context.js';
import type { CommandResult } from '../../shared/http/answers.js';
import type { Records } from '../../shared/records/record.js';
import type { AccessModel } from './access-model.js';
import type { AccessCommand } from './commands.js';
import { decide } from './decider.js';
import { accessRecord, BANK } from './evolve.js';
import { emptyState, type AccessState } from './state.js';

/** The module's commands, for routes, the first start and demonstrations alike. */
export interface Administration {
  /** `about`: the thing that it creates or changes. The answer's revision is that thing's. Once it has answered, this process decides by it. */
  execute(command: AccessCommand, about: string, context: CommandContext): Promise<CommandResult>;
}

export function createAdministration({ records, model, demonstrates = false }: { readonly records: Records; readonly model: AccessModel; /** Whether the people of the demonstration are anybody here. */ readonly demonstrates?: boolean }): Administration {
  return {
    async execute(command, about, context) {
      let seen: AccessState = emptyState;
      let changes = false;
      const executed = await records.execute(accessRecord, BANK, context, ({ state }) => {
        seen = state;
        const decision = decide(state, command, { actor: context.actor, at: context.at, approver: context.approver, demonstrates });
        changes = decision.outcome === 'accept';
        return decision;
      }, { known: () => model.known() });
      // What is stored is done, even where it cannot be read back just now: the model hears of it, or refuses to decide.
      if (changes || executed.repeated) await model.refresh().catch(() => undefined);
      // What changes nothing leaves the thing at the revision it had.
      return { id: about, revision: changes || executed.repeated ? executed.revision : (revisionOf(seen, command, about) ?? executed.revision), position: executed.position };
    },
  };
}

function revisionOf(state: AccessState, { kind }: AccessCommand, about: string): bigint | undefined {
  if (kind.endsWith('branch')) return state.branches.get(about)?.revision;
  if (kind.endsWith('approval-rule')) return state.approvalRules.get(about)?.revision;
  if (kind.endsWith('role')) return state.roles.get(about)?.revision;
  return (state.clients.get(about) ?? state.staff.get(about))?.revision;
}
