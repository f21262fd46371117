import { Refusal, type CommandContext, type Principal } from '../../../shared/http/context.js';
import type { Holder } from './directory.js';
import { removeFactors } from './own-factors.js';
import { setPassword } from './own-password.js';
import type { Origin, SignInParts } from './parts.js';
import { stateOf } from './standing.js';
import type { SignInState } from './state.js';
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

export interface InvitationOptions {
  /** Through the port for messages, besides being shown. */
  readonly send: boolean;
  /** Using it removes every second factor. */
  readonly removesFactors?: boolean;
}

/** A token with which somebody sets their password: the first one, or another where theirs is lost. Those given before are void. Never for oneself. */
export async function invite(parts: SignInParts, holderId: string, by: Pick<Principal, 'id' | 'actingAs'>, context: CommandContext, { send, removesFactors = false }: InvitationOptions = { send: true }): Promise<Invitation> {
  const { at } = context;
  const holder = await parts.directory.byId(holderId, at);
  if (holder === undefined) throw new Refusal({ code: 'holder_not_found' });
  if (by.id === holderId || by.actingAs === holderId) throw new Refusal({ code: 'own_invitation' });
  const { password } = await stateOf(parts, holderId);
  const why = password === undefined ? 'first' : 'reset';
  const expiresAt = new Date(at.getTime() + INVITATION_LASTS_MS);
  // Told before it opens anything: nobody can be invited without a trace of who did it.
  await tell(parts, context, holderId, { type: 'Invited', data: { ...parts.people.whose(holderId), why, until: expiresAt.toISOString() } });
  await parts.challenges.withdraw('invitation', holderId);
  const token = await parts.challenges.open({ kind: 'invitation', holderId, passwordId: password ?? null, ...(removesFactors && { removesFactors }) }, expiresAt);
  return { token, why, expiresAt, sent: send && (await parts.sendCode({ holderId, code: token, at })) };
}

/** Whom the password will be of; may have something to do first. */
type Prepare = (holder: Holder, state: SignInState, context: CommandContext) => Promise<Holder>;

/** Sets the password; tells how many sessions ended. A weak password costs nothing; any password set since it was given makes it void. */
export async function acceptInvitation(
  parts: SignInParts, { token, password }: { readonly token: string; readonly password: string }, origin: Origin, prepare: Prepare = async (holder) => holder,
): Promise<number> {
  const { holder, why, state, context, removesFactors } = await invited(parts, token, origin);
  await setPassword(parts, { holder: await prepare(holder, state, context), password, why, state }, context);
  if (removesFactors) await removeFactors(parts, holder.id, context);
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
  return { holder, state, why: state.password === undefined ? 'first' : 'reset', context: contextOf(origin, holder), removesFactors: invitation.removesFactors === true } as const;
}
