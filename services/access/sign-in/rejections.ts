import { defineRejections, type CodeOf } from '../../../shared/http/rejections.js';

/** In order of precedence. What is wrong in itself comes before all of them, as `request_invalid`. */
export const signInRejections = defineRejections([
  { code: 'openid_connect_off', status: 404, title: 'The bank has no OpenID provider' },
  { code: 'too_many_attempts', status: 429, title: 'Too many attempts; wait' },
  { code: 'sign_in_failed', status: 401, title: 'Name, password or code is wrong' },
  { code: 'challenge_invalid', status: 401, title: 'This sign-in was not begun here, is over, or took too long' },
  { code: 'refresh_refused', status: 401, title: 'The session has ended; sign in again' },
  { code: 'sign_in_needed', status: 403, title: 'For people who signed in themselves, not for clients or in another\'s place' },
  { code: 'first_administrator_refused', status: 403, title: 'The link for the first administrator is not valid' },
  { code: 'invitation_refused', status: 403, title: 'The invitation is not valid, or not any more' },
  { code: 'recent_sign_in_required', status: 403, title: 'Sign in again to do this' },
  { code: 'session_not_found', status: 404, title: 'No such session' },
  { code: 'holder_not_found', status: 404, title: 'There is nobody of this id who may sign in' },
  { code: 'own_invitation', status: 403, title: 'Nobody invites themselves' },
  { code: 'own_factors', status: 403, title: 'Nobody says of themselves that they lost their second factors' },
  { code: 'second_person_needed', status: 403, title: 'Another administrator must approve' },
  { code: 'factor_not_found', status: 404, title: 'No such factor' },
  { code: 'enrolment_failed', status: 422, title: 'The new factor did not prove itself' },
  { code: 'factors_full', status: 422, title: 'There are as many factors as one person may have' },
  { code: 'last_factor', status: 422, title: 'The last second factor cannot be removed' },
  { code: 'password_weak', status: 422, title: 'The password is easy to guess or known to attackers' },
  { code: 'password_used_before', status: 422, title: 'The password was used before' },
  { code: 'message_not_sent', status: 422, title: 'There is nowhere to send a code to' },
]);
export type SignInCode = CodeOf<typeof signInRejections>;
