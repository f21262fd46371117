import { randomUUID } from 'node:crypto';
import { Refusal, type CommandContext, type Principal } from '../../shared/http/context.js';
import { RequestInvalid } from '../../shared/http/validation.js';
import type { Holder } from '../access/sign-in/directory.js';
import { acceptInvitation, invite, type Invitation } from '../access/sign-in/invitations.js';
import type { Origin, SignInParts } from '../access/sign-in/parts.js';
import type { SignInState } from '../access/sign-in/state.js';
import { endSessions, tell } from '../access/sign-in/telling.js';
import type { CustomerNames } from './names.js';

export interface EnrolmentParts {
  /** Customers' own, of sign-in. */
  readonly signIn: SignInParts;
  readonly names: CustomerNames;
}

export interface Enrolment {
  readonly username?: string | undefined;
  readonly password: string;
}

/** At the counter, where staff have seen who it is: a code, once and for a day. Throws Refusal `customer_cannot_sign_in`. */
export async function giveEnrolmentCode({ signIn }: EnrolmentParts, customerId: string, by: Principal, context: CommandContext, removesFactors: boolean): Promise<Invitation> {
  if ((await signIn.directory.byId(customerId, context.at)) === undefined) throw new Refusal({ code: 'customer_cannot_sign_in' });
  return invite(signIn, customerId, by, context, { send: false, removesFactors });
}

/** With the code from the counter: a name where there is none yet, and a password. Every session ends. */
export const enrolWithCode = (parts: EnrolmentParts, { code, ...enrolment }: Enrolment & { readonly code: string }, origin: Origin): Promise<number> =>
  acceptInvitation(parts.signIn, { token: code, password: enrolment.password }, origin, (holder, state, context) => named(parts, holder, state, enrolment, context));

/** The name first: without a password it opens nothing. */
export async function named({ signIn, names }: EnrolmentParts, holder: Holder, state: SignInState, { username = state.username }: Enrolment, context: CommandContext): Promise<Holder> {
  if (username === undefined) throw new RequestInvalid([{ pointer: '/username', code: 'required', detail: 'choose a name to sign in with' }]);
  if (username !== state.username) {
    await names.claim(holder.id, username, context);
    await tell(signIn, { ...context, commandId: randomUUID() }, holder.id, { type: 'SignInNameChosen', data: { customerId: holder.id, username } });
  }
  return { ...holder, username };
}

/** Of a customer, by staff. Tells how many there were. */
export const endSessionsOf = ({ signIn }: EnrolmentParts, customerId: string, context: CommandContext): Promise<number> =>
  endSessions(signIn, { holderId: customerId }, 'ended-by-other', context);
