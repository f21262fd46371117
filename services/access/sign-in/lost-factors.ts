import type { CommandContext, Principal } from '../../../shared/http/context.js';
import { Refusal } from '../../../shared/http/context.js';
import type { CommandResult } from '../../../shared/http/answers.js';
import { decideRemoveLostFactors } from './decider.js';
import type { SignInParts } from './parts.js';
import { endSessions } from './telling.js';

/** Before anybody is asked to approve it. Throws Refusal `holder_not_found` or `own_factors`. */
export async function refuseLost({ directory }: Pick<SignInParts, 'directory'>, holderId: string, by: Pick<Principal, 'id' | 'actingAs'>, at: Date): Promise<void> {
  if ((await directory.byId(holderId, at)) === undefined) throw new Refusal({ code: 'holder_not_found' });
  if (by.id === holderId || by.actingAs === holderId) throw new Refusal({ code: 'own_factors' });
}

/** Of somebody who lost every second factor: all are removed and every session ends, once another administrator has approved. Sent again, it does nothing more. */
export async function removeLostFactors(parts: SignInParts, { holderId, reason }: { readonly holderId: string; readonly reason: string }, context: CommandContext): Promise<CommandResult> {
  await refuseLost(parts, holderId, context.actor, context.at);
  const result = await parts.records.execute(parts.people.record, holderId, context, ({ state }) => decideRemoveLostFactors(state, { whose: parts.people.whose(holderId), holderId, reason, by: context }));
  await endSessions(parts, { holderId }, 'factors-changed', context);
  return result;
}
