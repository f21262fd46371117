import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import { decideSetPassword } from './decider.js';
import type { Holder } from './directory.js';
import { guarded } from './guarded.js';
import type { Origin, SignInParts } from './parts.js';
import { refuseBadPassword } from './password-rules.js';
import { nameOf } from './sign-in.js';
import { passwordOf, stateOf } from './standing.js';
import type { SignInState } from './state.js';
import { endSessions } from './telling.js';

export interface PasswordChange {
  readonly holder: Holder;
  readonly current: string;
  readonly password: string;
  /** Goes on; every other one ends. */
  readonly sessionId: string;
}

/** Needs the password in force, guarded like a sign-in. Tells how many other sessions ended. */
export async function changePassword(parts: SignInParts, { holder, current, password, sessionId }: PasswordChange, origin: Origin, context: CommandContext): Promise<number> {
  const state = await guarded(parts, {
    subject: { kind: 'account', name: nameOf(holder.username) }, proof: 'pwd', origin,
    async prove() {
      const state = await stateOf(parts, holder.id);
      return { holder, proved: (await parts.hashing.matches(await passwordOf(parts, state), current)) ? state : undefined };
    },
  });
  await setPassword(parts, { holder, password, why: 'changed', state }, context);
  return endSessions(parts, { holderId: holder.id, except: sessionId }, 'password-changed', context);
}

export interface SetPasswordOptions {
  readonly holder: Pick<Holder, 'id' | 'username'>;
  readonly password: string;
  readonly why: 'first' | 'changed' | 'reset';
  readonly state: SignInState;
}

/** The row first, then the event that puts it in force. Throws Refusal `password_weak` or `password_used_before`. */
export async function setPassword(parts: SignInParts, { holder, password, why, state }: SetPasswordOptions, context: CommandContext): Promise<void> {
  // The first one may be tried again after a failure; there is nothing before it.
  await refuseBadPassword(parts, password, { about: [holder.username], state: why === 'first' ? parts.people.record.initial : state });
  const credentialId = await parts.credentials.add(holder.id, { kind: 'password', hash: await parts.hashing.hash(password) }, context.at);
  await parts.records.execute(parts.people.record, holder.id, context, (attempt) => decideSetPassword(attempt.state, { whose: parts.people.whose(holder.id), credentialId, why, seen: state.password }));
}

const RECENT_MS = 10 * 60_000;

/** For what changes how one signs in: a session that was left open, or stolen, is not enough. */
export function requireRecentSignIn(signedInAt: Date, at: Date): void {
  if (at.getTime() - signedInAt.getTime() > RECENT_MS) throw new Refusal({ code: 'recent_sign_in_required', detail: `within ${RECENT_MS / 60_000} minutes` });
}
