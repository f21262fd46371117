import { systemContext } from '../../shared/http/system-context.js';
import type { ErasureHook } from '../customers/erasure/hooks.js';
import type { SignInParts } from '../access/sign-in/parts.js';
import { endSessions } from '../access/sign-in/telling.js';

/** What sign-in has of a customer: sessions with their places, and secrets. Nothing of it is worth a backup. */
export const forgetSignIn = (signIn: SignInParts, now: () => Date): ErasureHook => ({
  name: 'sign-in',
  async *backUp() {},
  async erase(customerId) {
    await endSessions(signIn, { holderId: customerId }, 'ended-by-other', systemContext('erasure', now()));
    for (const kind of ['second-factor', 'step-up', 'totp-enrolment', 'passkey-enrolment', 'message-enrolment', 'invitation', 'online-enrolment', 'contact-change'] as const) await signIn.challenges.withdraw(kind, customerId);
    await signIn.sessions.forget(customerId);
    await signIn.credentials.forget(customerId);
  },
});
