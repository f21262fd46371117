import { randomUUID } from 'node:crypto';
import type { SessionEnd, SignInEvent } from '../../../shared/events/access/sign-in-events.js';
import type { CommandContext } from '../../../shared/http/context.js';
import { decideTell } from './decider.js';
import type { Holder } from './directory.js';
import type { Origin, SignInParts } from './parts.js';

/** What somebody does who is not signed in yet, or as the person who signs in. */
export function contextOf({ correlationId, traceparent, at }: Origin, { id, role, branch }: Pick<Holder, 'id' | 'role' | 'branch'>): CommandContext {
  return {
    commandId: randomUUID(), repeatable: false, correlationId, at,
    ...(traceparent !== undefined && { traceparent }),
    actor: { id, role, ...(branch !== undefined && { branch }), channel: 'online' },
  };
}

/** Records a fact about somebody's sign-in. */
export async function tell({ records, people, meters }: Pick<SignInParts, 'meters' | 'people' | 'records'>, context: CommandContext, id: string, event: SignInEvent): Promise<void> {
  await records.execute(people.record, id, context, () => decideTell(event));
  meters.told(people.kind, event);
}

/** Ends sessions of a holder: at once here, within the notification's way elsewhere; tells how many were live. */
export async function endSessions(
  parts: Pick<SignInParts, 'meters' | 'people' | 'records' | 'sessions' | 'onRevoked'>,
  which: { readonly holderId: string; readonly only?: string; readonly except?: string },
  why: SessionEnd,
  context: CommandContext,
): Promise<number> {
  const ended = await parts.sessions.revoke(which, why, context.at);
  for (const sessionId of ended) {
    parts.onRevoked(sessionId);
    await tell(parts, { ...context, commandId: randomUUID(), repeatable: false }, which.holderId, { type: 'SessionRevoked', data: { ...parts.people.whose(which.holderId), sessionId, why } });
  }
  return ended.length;
}
