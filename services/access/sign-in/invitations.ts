import { Refusal, type CommandContext, type Principal } from '../../../shared/http/context.js';
import type { Holder } from './directory.js';
import { setPassword } from './own-password.js';
import type { Origin, SignInParts } from './parts.js';
import { stateOf } from './standing.js';
import { contextOf, endSessions, tell } from './telling.js';

const INVITATION_LASTS_MS = 24 * 3_600_000;

export interface Invitation {
  /** Shown once. */
  readonly token: string;
  readonly why: 'first' | 'reset';
  readonly expiresAt: Date;
  /** Whether it was also sent to the person. */
  readonly sent: boolean;
}

/** A token with which somebody sets their password: the first one, or another where theirs is lost. Those given before are void. Never for oneself. */
export async function invite(parts: SignInParts, staffId: string, by: Pick<Principal, 'id' | 'actingAs'>, context: CommandContext): Promise<Invitation> {
  const { at } = context;
  const holder = await parts.directory.byId(staffId, at);
  if (holder === undefined) throw new Refusal({ code: 'holder_not_found' });
  if (by.id === staffId || by.actingAs === staffId) throw new Refusal({ code: 'own_invitation' });
  const { password } = await stateOf(parts, staffId);
  const why = password === undefined ? 'first' : 'reset';
  const expiresAt = new Date(at.getTime() + INVITATION_LASTS_MS);
  // Told before it opens anything: nobody can be invited without a trace of who did it.
  await tell(parts, context, { type: 'Invited', data: { staffId, why, until: expiresAt.toISOString() } });
  await parts.challenges.withdraw('invitation', staffId);
  const token = await parts.challenges.open({ kind: 'invitation', holderId: staffId, passwordId: password ?? null }, expiresAt);
  return { token, why, expiresAt, sent: await parts.sendCode({ holderId: staffId, code: token, at }) };
}

/** Sets the password; tells how many sessions ended. A weak password costs nothing; any password set since it was given makes it void. */
export async function acceptInvitation(parts: SignInParts, { token, password }: { readonly token: string; readonly password: string }, origin: Origin): Promise<number> {
  const { holder, why, state, context } = await invited(parts, token, origin);
  await setPassword(parts, { holder, password, why, state }, context);
  await parts.challenges.take('invitation', token, origin.at);
  return endSessions(parts, { holderId: holder.id }, 'password-changed', context);
}

async function invited(parts: SignInParts, token: string, origin: Origin) {
  const refused = (): Refusal => new Refusal({ code: 'invitation_refused' });
  const invitation = await parts.challenges.look('invitation', token, origin.at);
  const holder: Holder | undefined = invitation && (await parts.directory.byId(invitation.holderId, origin.at));
  if (invitation === undefined || holder === undefined) throw refused(); // suspended or gone: nothing to come back with
  const state = await stateOf(parts, holder.id);
  if ((state.password ?? null) !== invitation.passwordId) throw refused();
  return { holder, state, why: state.password === undefined ? 'first' : 'reset', context: contextOf(origin, holder) } as const;
}
