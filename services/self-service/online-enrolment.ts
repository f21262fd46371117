import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../../shared/http/context.js';
import { sourceOf } from '../../shared/http/source-address.js';
import { guarded } from '../access/sign-in/guarded.js';
import { hashOfMessageCode, newMessageCode, sameHash } from '../access/sign-in/message-codes.js';
import { setPassword } from '../access/sign-in/own-password.js';
import type { Origin } from '../access/sign-in/parts.js';
import { stateOf } from '../access/sign-in/standing.js';
import { contextOf } from '../access/sign-in/telling.js';
import { named, type EnrolmentParts } from './enrolment.js';

const ENROLMENT_LASTS_MS = 10 * 60_000;

export interface OnlineEnrolmentParts extends EnrolmentParts {
  /** Everybody who has this number on a document and this phone; the read model may lag. */
  readonly findCustomers: (known: { readonly idNumber: string; readonly phone: string }) => Promise<readonly string[]>;
  /** Whether the customer's identity was checked, and found to be theirs. */
  readonly identityVerified: (customerId: string) => Promise<boolean>;
}

/**
 * Without the counter, for the first time only: where the identity was verified, a code goes to the phone on record. The answer and its time are the same
 * for everybody, and every try counts as a failed one, so that nobody is sent many codes.
 */
export async function beginOnlineEnrolment(parts: OnlineEnrolmentParts, known: { readonly idNumber: string; readonly phone: string }, origin: Origin): Promise<{ enrolment: string; expiresInSeconds: number }> {
  const { signIn } = parts;
  const { at } = origin;
  const tried = await signIn.attempts.begin([{ kind: 'account', name: `enrolment ${known.phone}` }, { kind: 'source', name: sourceOf(origin.address) }], at);
  if (!tried.allowed) {
    const seconds = Math.ceil((tried.until.getTime() - at.getTime()) / 1_000);
    throw new Refusal({ code: 'too_many_attempts', detail: `try again in ${seconds} s` }, seconds);
  }
  const [enrolment] = await Promise.all([open(parts, known, at), pause(signIn.failuresTakeMs)]);
  return { enrolment, expiresInSeconds: ENROLMENT_LASTS_MS / 1_000 };
}

async function open(parts: OnlineEnrolmentParts, known: { readonly idNumber: string; readonly phone: string }, at: Date): Promise<string> {
  const { signIn } = parts;
  const customerId = await whoMayEnrol(parts, known, at);
  const code = newMessageCode();
  const holderId = customerId !== undefined && (await signIn.sendCode({ holderId: customerId, code, at })) ? customerId : randomUUID();
  return signIn.challenges.open({ kind: 'online-enrolment', holderId, codeHash: hashOfMessageCode(signIn.secret, holderId, code) }, new Date(at.getTime() + ENROLMENT_LASTS_MS));
}

async function whoMayEnrol({ signIn, findCustomers, identityVerified }: OnlineEnrolmentParts, known: { readonly idNumber: string; readonly phone: string }, at: Date): Promise<string | undefined> {
  const [customerId, another] = await findCustomers(known);
  if (customerId === undefined || another !== undefined) return undefined;
  if ((await signIn.directory.byId(customerId, at)) === undefined || !(await identityVerified(customerId))) return undefined;
  return (await stateOf(signIn, customerId)).password === undefined ? customerId : undefined;
}

/** The code may be guessed as often as a second factor may. */
export async function confirmOnlineEnrolment(
  parts: OnlineEnrolmentParts, { enrolment, code, username, password }: { readonly enrolment: string; readonly code: string; readonly username: string; readonly password: string }, origin: Origin,
): Promise<void> {
  const { signIn } = parts;
  const refused = (): Refusal => new Refusal({ code: 'challenge_invalid' });
  const begun = await signIn.challenges.look('online-enrolment', enrolment, origin.at);
  if (begun === undefined) throw refused();
  const holder = await guarded(signIn, {
    subject: { kind: 'factor', name: begun.holderId }, proof: 'sms', origin,
    async prove() {
      const holder = await signIn.directory.byId(begun.holderId, origin.at);
      const right = sameHash(begun.codeHash, hashOfMessageCode(signIn.secret, begun.holderId, code));
      return { holder, proved: right ? holder : undefined };
    },
  });
  const state = await stateOf(signIn, holder.id);
  if (state.password !== undefined) throw refused(); // enrolled meanwhile: only the counter gives another
  const context = contextOf(origin, holder);
  await setPassword(signIn, { holder: await named(parts, holder, state, { username, password }, context), password, why: 'first', state }, { ...context, commandId: randomUUID() });
  await signIn.challenges.take('online-enrolment', enrolment, origin.at);
}
